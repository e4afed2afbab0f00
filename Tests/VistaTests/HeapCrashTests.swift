import FaultFS
import RecoverableHeap
import Testing

@testable import Vista

/// Every crash of transactions that allocate and free.
@Suite struct HeapCrashTests {
  enum Step: Hashable, Sendable {
    case begin(Int)
    /// Allocates N bytes, fills the first of them, and makes them the root of a key.
    case put(Int, key: UInt64, length: Int, value: UInt8)
    /// Frees the root of a key, and takes it away.
    case drop(Int, key: UInt64)
    case commit(Int)
    case abort(Int)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var steps: [Step]
  }

  /// How many bytes of a block are written.
  static let filled = 16
  static let segmentLength = 8 * Vista.pageLength

  static let cases: [Case] = [
    Case(
      testDescription: "allocated, freed, allocated again",
      steps: [
        .begin(0), .put(0, key: 1, length: 24, value: 1), .commit(0),
        .begin(0), .drop(0, key: 1), .put(0, key: 2, length: 24, value: 2), .commit(0),
        .begin(0), .put(0, key: 3, length: 24, value: 3),
      ]),
    Case(
      testDescription: "a free that is aborted beside an allocation that commits",
      steps: [
        .begin(0), .put(0, key: 1, length: 40, value: 1), .commit(0),
        .begin(0), .drop(0, key: 1), .begin(1), .put(1, key: 2, length: 40, value: 2), .commit(1), .abort(0),
        .begin(0), .put(0, key: 3, length: 40, value: 3), .commit(0),
      ]),
    Case(
      testDescription: "allocated and freed in one transaction",
      steps: [
        .begin(0), .put(0, key: 1, length: 16, value: 1), .drop(0, key: 1),
        .put(0, key: 2, length: 16, value: 2),
        .commit(0), .begin(0), .put(0, key: 3, length: 16, value: 3), .drop(0, key: 3), .abort(0),
      ]),
    Case(
      testDescription: "runs of pages",
      steps: [
        .begin(0), .put(0, key: 1, length: 5000, value: 1), .commit(0),
        .begin(0), .drop(0, key: 1), .put(0, key: 2, length: 2100, value: 2), .commit(0),
        .begin(0), .put(0, key: 3, length: 9000, value: 3), .commit(0),
      ]),
  ]

  final class Session {
    let vista: Vista
    let heap: Heap
    private final class Box {
      var transaction: Transaction?
      init(_ transaction: consuming Transaction) { self.transaction = consume transaction }
    }
    private var open: [Int: Box] = [:]

    init(_ disk: FaultDisk) throws {
      vista = try Vista(log: Script.log, on: disk)
      heap = try Heap(in: vista.map(Script.segment))
    }

    func perform(_ step: Step) throws {
      switch step {
      case .begin(let number): open[number] = Box(try vista.begin())
      case .put(let number, let key, let length, let value):
        try change(number) { (transaction) throws(HeapError) in
          let place = try heap.allocate(8 + length, by: transaction)
          try heap.store(UInt64(length), at: place, by: transaction)
          let bytes = [UInt8](repeating: value, count: HeapCrashTests.filled)
          try unsafe heap.store(bytes.span.bytes, at: place + 8, by: transaction)
          try heap.setRoot(PersistentPointer<UInt64>(offset: UInt64(place)), for: key, by: transaction)
        }
      case .drop(let number, let key):
        try change(number) { (transaction) throws(HeapError) in
          guard let root = heap.root(key, as: UInt64.self) else { return }
          try heap.removeRoot(for: key, by: transaction)
          try heap.free(root, by: transaction)
        }
      case .commit(let number):
        if let transaction = open.removeValue(forKey: number)?.transaction.take() { try transaction.commit() }
      case .abort(let number):
        if let transaction = open.removeValue(forKey: number)?.transaction.take() { transaction.abort() }
      }
    }

    private func change(_ number: Int, _ body: (borrowing Transaction) throws(HeapError) -> Void) throws {
      guard let box = open[number], let transaction = box.transaction.take() else {
        fatalError("transaction \(number) is not open")
      }
      try body(transaction)
      box.transaction = consume transaction
    }

    func leave() {
      for (_, box) in open { _ = unsafe Unmanaged.passRetained(box) }
    }

    struct Leak: Error { var census: Heap.Census }

    /// All roots with what they lead to, as bytes.
    func show() throws -> [UInt8] {
      let keys = (1...4).map { UInt64($0) }
      let roots = keys.compactMap { key in heap.root(key, as: UInt64.self).map { (key, Int($0.offset)) } }
      let census = try heap.check(reachable: roots.map(\.1))
      guard census.isClean else { throw Leak(census: census) }
      return roots.flatMap { key, place in
        [UInt8(key)] + (0..<8 + HeapCrashTests.filled).map { heap.load(UInt8.self, at: place + $0) }
      }
    }
  }

  static func create(on disk: FaultDisk) throws {
    try Vista.createLog(Script.log, length: 160 << 10, on: disk)
    try Vista.createSegment(Script.segment, length: segmentLength, on: disk)
    let vista = try Vista(log: Script.log, on: disk)
    try Heap.create(in: vista.map(Script.segment))
    try vista.terminate()
  }

  /// What a number of commits leaves, as `Session.show` says it.
  private static func image(_ content: [UInt64: (length: Int, value: UInt8)]) -> [UInt8] {
    content.sorted { $0.key < $1.key }.flatMap { key, block in
      [UInt8(key)] + (0..<8).map { UInt8(truncatingIfNeeded: block.length >> (8 * $0)) }
        + [UInt8](repeating: block.value, count: filled)
    }
  }

  static func run(_ steps: [Step], on disk: FaultDisk) throws -> [Promise] {
    try create(on: disk)
    var promises = [Promise(called: 0, returned: disk.operationCount, image: [])]
    let session = try Session(disk)
    var content: [UInt64: (length: Int, value: UInt8)] = [:]
    var open: [Int: [Step]] = [:]
    for step in steps {
      let called = disk.operationCount
      try session.perform(step)
      switch step {
      case .begin(let number), .abort(let number): open[number] = []
      case .put(let number, _, _, _), .drop(let number, _): open[number]?.append(step)
      case .commit(let number):
        for step in open[number] ?? [] {
          if case .put(_, let key, let length, let value) = step { content[key] = (length, value) }
          if case .drop(_, let key) = step { content[key] = nil }
        }
        promises.append(Promise(called: called, returned: disk.operationCount, image: image(content)))
      }
    }
    session.leave()
    return promises
  }

  @Test(arguments: cases, [Profile.rio, .adr])
  func noCrashLeaksOrLosesMemory(_ testCase: Case, _ profile: Profile) throws {
    let disk = FaultDisk(profile: profile)
    let promises = try Self.run(testCase.steps, on: disk)
    let exploration = try CrashExploration.run(disk, promises, depth: profile == .rio ? 2 : 1, innerStride: 7)
    {
      try Session($0).show()
    }
    #expect(exploration.points > 20)
    if profile == .rio { #expect(exploration.executionsAtOnePointMax <= 2) }
  }

  @Test(arguments: [Profile.rio, .adr]) func aHeapsCreationIsWholeOrNothing(_ profile: Profile) throws {
    let disk = FaultDisk(profile: profile)
    try Self.create(on: disk)
    let window = CrashWindow(over: disk)
    var (made, unmade) = (0, 0)
    for point in 0...window.lastPoint {
      window.advance(to: point)
      let choices = DepthFirstChoices()
      repeat {
        choices.restart()
        try window.withDisk(resolvingBy: choices) { disk in
          guard try disk.list("").contains(Script.segment) else { return }
          let vista = try Vista(log: Script.log, on: disk)
          let region = try vista.map(Script.segment)
          do {
            #expect(try Heap(in: region).check(reachable: []).isClean)
            made += 1
          } catch HeapError.notAHeap {
            try Heap.create(in: region)
            #expect(try Heap(in: region).check(reachable: []).isClean)
            unmade += 1
          }
        }
      } while choices.next()
    }
    #expect(made > 0 && unmade > 0)
  }
}
