import LRVM
import LRVMHeap
import Storage
import TortureCore

/// What the hash table and the queue have in common as stores under torture: an `RVM` with one segment that is a heap,
/// and a check of the whole heap at each opening.
class HeapStore: SystemUnderTest {
  private static let log = "heap.log"
  private static let segment = "heap.seg"

  let rvm: RVM
  let heap: Heap
  let segments: [SegmentOptions]
  private var open: Box?

  private final class Box {
    var transaction: Transaction?
    init(_ transaction: consuming Transaction) { self.transaction = consume transaction }
  }

  class func traits(for scenario: Scenario) -> SystemTraits {
    SystemTraits(
      commitsWithoutFlush: true, stepsPerOperation: 1, uncheckedFiles: [segment],
      tellsDamageFromTornTail: true)
  }

  class func create(on storage: any Storage, for scenario: Scenario) throws {
    // Room for every byte in blocks of its own kind, and as much again for lists and headers.
    let bytes = scenario.segments.reduce(0) { $0 + $1.length }
    try unlessThere { try RVM.createSegment(segment, length: 4 * bytes + 16 * RVM.pageLength, on: storage) }
    try unlessThere {
      try RVM.createLog(log, shape: LogShape(recordSectors: 128, statusLength: 512), on: storage)
    }
    let rvm = try RVM(log: log, on: storage, options: Options(truncationDriver: .stepped))
    let region = try rvm.map(segment)
    if (try? Heap(in: region)) == nil {
      let transaction = try rvm.begin()
      try Heap.create(in: region, by: transaction)
      try make(in: try Heap(in: region), for: scenario, by: transaction)
      try transaction.commit()
    }
    try rvm.terminate()
  }

  private static func unlessThere(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch RVMError.storage(_, let error) where error.cause == .errno(.fileExists) {
      return
    }
  }

  static func open(on storage: any Storage, for scenario: Scenario) throws -> Self {
    let rvm = try RVM(log: log, on: storage, options: Options(truncationDriver: .stepped))
    let store = Self(rvm, try Heap(in: try rvm.map(segment)), scenario.segments)
    let census = try store.heap.check(reachable: store.allocations)
    guard census.isClean else { throw Leak(census: census) }
    return store
  }

  struct Leak: Error, CustomStringConvertible {
    var census: Heap.Census
    var description: String {
      "\(census.leaked.count) blocks leaked, first at \(census.leaked.first ?? 0); "
        + "\(census.dangling.count) are used and not allocated, first at \(census.dangling.first ?? 0)"
    }
  }

  required init(_ rvm: RVM, _ heap: Heap, _ segments: [SegmentOptions]) {
    self.rvm = rvm
    self.heap = heap
    self.segments = segments
  }

  /// Makes the structure and the heap's root.
  class func make(in heap: Heap, for scenario: Scenario, by transaction: borrowing Transaction) throws {
    fatalError("a heap store makes its own structure")
  }

  /// Where all memory begins that the structure has.
  var allocations: [Int] { fatalError("a heap store knows its own memory") }

  func write(
    _ bytes: [UInt8], segment: Int, offset: Int, by transaction: borrowing Transaction
  ) throws { fatalError("a heap store writes by itself") }

  func bytes(of segment: Int) -> [UInt8] { fatalError("a heap store reads by itself") }

  func perform(_ operation: Operation) throws {
    switch operation {
    // The lists of a heap must come back with an abort.
    case .begin: open = Box(try rvm.begin(.restore))
    case .write(_, let segment, let offset, let bytes):
      guard let box = open, let transaction = box.transaction.take() else {
        fatalError("no transaction is open")
      }
      do {
        try write(bytes, segment: segment, offset: offset, by: transaction)
        box.transaction = consume transaction
      } catch {
        transaction.abort()
        throw error
      }
    case .commit(_, let flush):
      let box = open
      open = nil
      if let transaction = box?.transaction.take() { try transaction.commit(flush ? .flush : .noFlush) }
    case .abort, .drop: open = nil
    case .flush: try rvm.flush()
    case .truncate: try rvm.truncate()
    case .truncateStep: try rvm.truncationStep()
    case .remap, .reopen: break
    }
  }

  func step() throws { try rvm.truncationStep() }

  func close() throws { try rvm.terminate() }

  func readSegments(_ body: (_ segment: Int, _ bytes: RawSpan) -> Void) {
    for segment in segments.indices {
      let bytes = bytes(of: segment)
      body(segment, bytes.span.bytes)
    }
  }
}
