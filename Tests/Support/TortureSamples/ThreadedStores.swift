package import Storage
package import Threads
package import TortureCore

/// A store with group commit, for clients that are threads: who comes first writes and syncs for all, the others wait. With a fault that
/// needs two threads, where its scenario asks for one.
///
/// Like the other samples it keeps its segments in memory and a record for each commit.
package final class GroupStore: ThreadedSystem {
  /// What is wrong with it.
  package enum Fault: String, CaseIterable {
    case none
    /// Those who wait are woken when their records are written, before the sync.
    case wakesBeforeSync = "wakes-before-sync"
    /// Nobody who waits is woken.
    case wakesNobody = "wakes-nobody"
    /// That a batch could not be written is known only to the thread that tried: the next sync counts for it.
    case forgetsFailure = "forgets-failure"
  }

  package static var options: [SystemOption] {
    [
      .choice(
        "fault", of: Fault.allCases.map(\.rawValue), default: Fault.none.rawValue, "What is wrong with it.")
    ]
  }

  package static func traits(for scenario: Scenario) -> SystemTraits {
    SystemTraits(clientsMax: 8, commitsWithoutFlush: true)
  }

  private let file: any StorageFile
  private let scheduler: (any ThreadScheduler)?
  private let lock: Int
  fileprivate let fault: Fault
  fileprivate var images: [[UInt8]]
  private var undo: [Int: [WorkloadWrite]] = [:]
  private var records: [Int: LogRecord] = [:]
  /// Bytes of records that wait to be written.
  private var pending: [UInt8] = []
  private var end: Int
  /// Commits that were made, and those of them that are durable.
  private var made: UInt64 = 0
  private var durable: UInt64 = 0
  private var isWriting = false
  private var failure: (any Error)?

  private init(_ file: any StorageFile, _ scenario: Scenario, _ scheduler: (any ThreadScheduler)?) throws {
    self.file = file
    self.scheduler = scheduler
    lock = scheduler?.makeLock("group") ?? 0
    fault = Fault(rawValue: scenario.system.text("fault")) ?? .none
    images = scenario.segments.map { [UInt8](repeating: 0, count: $0.length) }
    end = 0
    while case .record(let record, let length) = try LogRecord.read(file, at: end) {
      record.apply(to: &images)
      end += length
    }
    // What a crash left behind the last whole record would be taken for one later.
    try file.truncate(to: end)
    try file.sync(.full)
  }

  package static func create(on storage: any Storage, for _: Scenario) throws {
    let file = try storage.open("records", .createOrOpen)
    try file.sync(.full)
    try storage.syncDirectory("")
  }

  package static func open(on storage: any Storage, for scenario: Scenario) throws -> Self {
    try Self(try storage.open("records", .readWrite), scenario, nil)
  }

  package static func open(
    on storage: any Storage, for scenario: Scenario, scheduler: any ThreadScheduler
  ) throws -> Self {
    try Self(try storage.open("records", .readWrite), scenario, scheduler)
  }

  package func client(_ number: Int) -> any ThreadedClient { Client(self) }

  private final class Client: ThreadedClient {
    private let store: GroupStore

    init(_ store: GroupStore) { self.store = store }

    func perform(_ operation: Operation, number: inout UInt64) throws {
      try store.run(operation, number: &number)
    }
  }

  package func perform(_ operation: Operation) throws {
    var number: UInt64 = 0
    try run(operation, number: &number)
  }

  package func close() throws { try perform(.flush) }

  package func readSegments(_ body: (Int, RawSpan) -> Void) {
    for (segment, image) in images.enumerated() { unsafe body(segment, image.span.bytes) }
  }

  private func run(_ operation: Operation, number: inout UInt64) throws {
    switch operation {
    case .begin(let client, _):
      undo[client] = []
      records[client] = LogRecord()
    case .write(let client, let segment, let offset, let bytes):
      let range = offset..<offset + bytes.count
      undo[client]?.append(
        WorkloadWrite(segment: segment, offset: offset, bytes: Array(images[segment][range])))
      images[segment].replaceSubrange(range, with: bytes)
      records[client]?.writes.append(WorkloadWrite(segment: segment, offset: offset, bytes: bytes))
    case .commit(let client, let flush):
      try commit(records.removeValue(forKey: client) ?? LogRecord(), flush, number: &number)
    case .abort(let client), .drop(let client):
      for write in undo.removeValue(forKey: client)?.reversed() ?? [] {
        images[write.segment].replaceSubrange(write.range, with: write.bytes)
      }
    case .flush, .truncate:
      take()
      defer { release() }
      try flush(upTo: made)
    case .truncateStep, .remap, .reopen: break
    }
  }

  private func commit(_ record: LogRecord, _ flushes: Bool, number: inout UInt64) throws {
    take()
    defer { release() }
    if let failure { throw failure }
    pending += record.bytes
    made += 1
    number = made
    if flushes { try flush(upTo: number) }
  }

  /// In the lock, which it lets go while it writes or sleeps.
  private func flush(upTo number: UInt64) throws {
    while durable < number {
      if let failure { throw failure }
      if isWriting {
        scheduler?.sleep(in: lock, hasChanged: true, for: 0, nanosecondsMax: nil)
        scheduler?.look(at: lock)
        continue
      }
      isWriting = true
      let (bytes, newest) = (pending, made)
      pending = []
      release()
      do { try write(bytes, upTo: newest) } catch {
        take()
        isWriting = false
        if fault != .forgetsFailure { failure = error }
        scheduler?.wake(0, of: lock, all: true)
        throw error
      }
      take()
      isWriting = false
      durable = max(durable, newest)
      if fault != .wakesNobody { scheduler?.wake(0, of: lock, all: true) }
    }
  }

  private func write(_ bytes: [UInt8], upTo newest: UInt64) throws {
    unsafe try file.write(bytes.span.bytes, at: end)
    end += bytes.count
    if fault == .wakesBeforeSync {
      take()
      durable = newest
      scheduler?.wake(0, of: lock, all: true)
      release()
    }
    try file.sync(.data)
  }

  private func take() {
    scheduler?.take(lock)
    scheduler?.look(at: lock)
  }

  private func release() { scheduler?.release(lock, hasChanged: true) }
}
