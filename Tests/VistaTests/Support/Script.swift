import FaultFS
import PersistentMemory
import Storage

@testable import Vista

/// A log and a segment on a disk of memory, with transactions that follow from a script.
struct Script {
  /// One step; transactions are named by numbers.
  enum Step: Hashable, Sendable {
    case begin(Int)
    /// Declares and writes N bytes of one value.
    case write(Int, at: Int, length: Int, value: UInt8)
    case commit(Int)
    case abort(Int)
    case reopen
  }

  static let log = "v.log"
  static let segment = "v.seg"
  /// A page is enough, and quick to look at.
  static let length = Vista.pageLength

  var steps: [Step]

  static func create(on storage: any PersistentStorage) throws {
    try Vista.createLog(log, length: 160 << 10, on: storage)
    try Vista.createSegment(segment, length: length, on: storage)
  }

  /// Makes log and segment on `disk`, and performs the steps.
  ///
  /// - Returns: the promises; the first is that of the creation.
  func run(on disk: FaultDisk) throws -> [Promise] {
    try Self.create(on: disk)
    var image = [UInt8](repeating: 0, count: Self.length)
    var promises = [Promise(called: 0, returned: disk.operationCount, image: image)]
    var session = try Session(disk)
    var open: [Int: [(Range<Int>, UInt8)]] = [:]
    for step in steps {
      switch step {
      case .begin(let number):
        open[number] = []
        try session.begin(number)
      case .write(let number, let offset, let length, let value):
        open[number]?.append((offset..<offset + length, value))
        try session.write(number, offset, [UInt8](repeating: value, count: length))
      case .commit(let number):
        let called = disk.operationCount
        try session.commit(number)
        for (range, value) in open.removeValue(forKey: number) ?? [] {
          image.replaceSubrange(range, with: repeatElement(value, count: range.count))
        }
        promises.append(Promise(called: called, returned: disk.operationCount, image: image))
      case .abort(let number):
        open[number] = nil
        session.abort(number)
      case .reopen:
        try session.vista.terminate()
        session = try Session(disk)
      }
    }
    // What is still open at the crash stays open: a transaction that is dropped would abort.
    session.leave()
    return promises
  }

  /// An open log with its region, and the transactions that are open.
  final class Session {
    let vista: Vista
    let region: Region
    private var open: [Int: Box] = [:]

    private final class Box {
      var transaction: Transaction?
      init(_ transaction: consuming Transaction) { self.transaction = consume transaction }
    }

    init(_ storage: any PersistentStorage, options: Options = Options()) throws {
      vista = try Vista(log: Script.log, on: storage, options: options)
      region = try vista.map(Script.segment)
    }

    func begin(_ number: Int) throws { open[number] = Box(try vista.begin()) }

    func write(_ number: Int, _ offset: Int, _ bytes: [UInt8]) throws {
      guard let box = open[number], let transaction = box.transaction.take() else {
        fatalError("transaction \(number) is not open")
      }
      try unsafe transaction.modify(region, at: offset, with: bytes.span.bytes)
      box.transaction = consume transaction
    }

    func commit(_ number: Int) throws {
      if let transaction = open.removeValue(forKey: number)?.transaction.take() { try transaction.commit() }
    }

    func abort(_ number: Int) {
      if let transaction = open.removeValue(forKey: number)?.transaction.take() { transaction.abort() }
    }

    /// Lets the process end without ending what is open: its records stay.
    func leave() {
      for (_, box) in open { _ = unsafe Unmanaged.passRetained(box) }
    }

    var image: [UInt8] { region.image }
  }
}

/// What recovery shows after N commits, and between which operations it became so.
struct Promise: Equatable {
  /// How many operations there were when the commit was called, and when it had returned.
  var called: Int
  var returned: Int
  var image: [UInt8]
}

extension Region {
  /// All bytes.
  var image: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: length)
    var all = bytes.mutableSpan
    var span = unsafe all.mutableBytes
    load(into: &span, at: 0)
    return bytes
  }
}
