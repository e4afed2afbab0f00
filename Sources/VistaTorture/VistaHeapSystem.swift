internal import RecoverableHeap
public import Storage
public import TortureCore
internal import Vista

/// Vista's heap as a system under test: what a scenario calls segments are blocks in a heap, each allocated when it gets its
/// first byte, replaced by a copy when it changes, and freed when it holds zeros only.
///
/// So every transaction allocates and frees. The heap is checked as a whole at each opening: what nobody reaches has leaked.
public final class VistaHeapSystem: SystemUnderTest {
  private static let logName = "log"
  private static let segmentName = "heap"
  private static let blockLength = 256
  /// The root of the directory: a pointer for each block, 0 for one of zeros.
  private static let directoryKey: UInt64 = 1

  private let vista: Vista
  private let heap: Heap
  private let directory: Int
  private let segments: [SegmentOptions]
  private var transactions = OpenTransactions<Transaction>()

  private init(_ vista: Vista, _ heap: Heap, directory: Int, _ segments: [SegmentOptions]) {
    self.vista = vista
    self.heap = heap
    self.directory = directory
    self.segments = segments
  }

  public static func traits(for _: Scenario) -> SystemTraits {
    // Two transactions may change one block, so one is open at a time.
    SystemTraits(uncheckedFiles: [segmentName, logName])
  }

  public static func problems(of scenario: Scenario) -> [ScenarioConsistency.Problem] {
    MappedFiles.problems(of: scenario)
  }

  public static func create(on storage: any Storage, for scenario: Scenario) throws {
    let storage = try MappedFiles.mapping(storage)
    let blocks = blockCount(scenario.segments)
    // Room for each block twice, and for the directory.
    let pages = 3 * blocks * blockLength / Vista.pageLength + 6
    try MappedFiles.createUnlessThere {
      try Vista.createSegment(segmentName, length: pages * Vista.pageLength, on: storage)
    }
    try MappedFiles.createUnlessThere { try Vista.createLog(logName, length: 256 << 10, on: storage) }
    let vista = try Vista(log: logName, on: storage)
    let region = try vista.map(segmentName)
    // A creation that was cut off may have made it.
    if (try? Heap(in: region)) == nil { try Heap.create(in: region) }
    let heap = try Heap(in: region)
    if heap.root(directoryKey, as: UInt64.self) == nil {
      let transaction = try vista.begin()
      let directory = try heap.allocateArray(of: UInt64.self, count: blocks, by: transaction)
      let zeros = [UInt8](repeating: 0, count: 8 * blocks)
      try unsafe heap.store(zeros.span.bytes, at: Int(directory.offset), by: transaction)
      try heap.setRoot(directory, for: directoryKey, by: transaction)
      try transaction.commit()
    }
    try vista.terminate()
  }

  private static func blockCount(_ segments: [SegmentOptions]) -> Int {
    segments.reduce(0) { $0 + $1.length } / blockLength
  }

  public static func open(on storage: any Storage, for scenario: Scenario) throws -> Self {
    let vista = try Vista(log: logName, on: MappedFiles.mapping(storage))
    let heap = try Heap(in: try vista.map(segmentName))
    guard let root = heap.root(directoryKey, as: UInt64.self) else { throw NoDirectory() }
    let system = Self(vista, heap, directory: Int(root.offset), scenario.segments)
    let census = try heap.check(reachable: system.allocations)
    guard census.isClean else { throw Leak(census: census) }
    return system
  }

  private struct NoDirectory: Error, CustomStringConvertible {
    var description: String { "the heap has lost the root of its directory" }
  }

  private struct Leak: Error, CustomStringConvertible {
    var census: Heap.Census
    var description: String {
      "\(census.leaked.count) blocks leaked, first at \(census.leaked.first ?? 0); "
        + "\(census.dangling.count) are used and not allocated, first at \(census.dangling.first ?? 0)"
    }
  }

  private var allocations: [Int] {
    [directory]
      + (0..<Self.blockCount(segments)).map { Int(truncatingIfNeeded: pointer(to: $0)) }
      .filter { $0 != 0 }
  }

  /// Where a block is in the heap, as the directory says; 0 for one of zeros.
  private func pointer(to block: Int) -> UInt64 { heap.load(UInt64.self, at: directory + 8 * block) }

  /// The same, held against the heap.
  private func place(of block: Int) throws -> Int {
    let pointer = pointer(to: block)
    guard pointer <= UInt64(heap.region.length - Self.blockLength) else {
      throw BadPointer(block: block, pointer: pointer)
    }
    return Int(pointer)
  }

  private struct BadPointer: Error, CustomStringConvertible {
    var block: Int
    var pointer: UInt64
    var description: String {
      "the directory's pointer to block \(block) leads to \(pointer), outside of the heap"
    }
  }

  private func bytes(of block: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.blockLength)
    let place = try place(of: block)
    if place == 0 { return bytes }
    var all = bytes.mutableSpan
    var span = unsafe all.mutableBytes
    heap.region.load(into: &span, at: place)
    return bytes
  }

  public func perform(_ operation: TortureCore.Operation) throws {
    switch operation {
    case .begin(let client, _): transactions.begin(client, try vista.begin())
    case .write(let client, let segment, let offset, let bytes):
      let start = segments[..<segment].reduce(offset) { $0 + $1.length }
      try transactions.use(client) { try write(bytes, at: start, by: $0) }
    case .commit(let client, _): try transactions.take(client).commit()
    case .abort(let client): transactions.take(client).abort()
    case .drop(let client): _ = transactions.take(client)
    // Every commit is durable, there is nothing to truncate, and the heap stays mapped.
    case .flush, .truncate, .truncateStep, .remap: break
    case .reopen: fatalError("the harness closes and opens a system by itself")
    }
  }

  /// Replaces each block that some of the bytes are in.
  private func write(_ new: [UInt8], at start: Int, by transaction: borrowing Transaction) throws {
    for block in start / Self.blockLength...(start + new.count - 1) / Self.blockLength {
      let blockStart = block * Self.blockLength
      var changed = try bytes(of: block)
      for place in max(start, blockStart)..<min(start + new.count, blockStart + Self.blockLength) {
        changed[place - blockStart] = new[place - start]
      }
      let old = try place(of: block)
      var copy = 0
      if changed.contains(where: { $0 != 0 }) {
        copy = try heap.allocate(Self.blockLength, by: transaction)
        try unsafe heap.store(changed.span.bytes, at: copy, by: transaction)
      }
      try heap.store(UInt64(copy), at: directory + 8 * block, by: transaction)
      if old != 0 { try heap.free(old, by: transaction) }
    }
  }

  public func close() throws { try vista.terminate() }

  public func readSegments(_ body: (_ segment: Int, _ bytes: RawSpan) -> Void) throws {
    var block = 0
    for (index, segment) in segments.enumerated() {
      let count = segment.length / Self.blockLength
      let all = try (block..<block + count).flatMap { try bytes(of: $0) }
      unsafe body(index, all.span.bytes)
      block += count
    }
  }

  public var marks: [String: Int] {
    [
      "transaction undone by recovery": vista.recovery.transactionsUndone,
      "commit finished by recovery": vista.recovery.transactionsFinished,
      "range put back by recovery": vista.recovery.rangesRestored,
    ]
  }
}
