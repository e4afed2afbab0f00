package import Storage
package import TortureCore

/// Small stores, each with one fault of its own, so that what is said of a failure can be held against what is known.
///
/// All of them keep their segments in memory and a record for each commit: a mark, the length of the body, its checksum, and
/// the body with the stores of the transaction.
package enum FaultyStores {
  /// A scenario of the store, with flushed commits of single bytes.
  package static func scenario(
    _ store: String, transactions: Int = 3, disk: String = "tearing: none",
    crash: String = "recovery_depth: 0"
  ) throws -> Scenario {
    try Samples.read(
      """
      name: \(store)
      system: {name: \(store)}
      segments: [{name: a, length: 4096}]
      workload: {kind: bytes, transactions: \(transactions), ranges_max: 1, range_length_max: 4, mix: {commit_flush: 1}}
      disk: {\(disk)}
      crash: {\(crash)}
      """)
  }
}

/// Bytes of one commit, as they lie in a log.
struct LogRecord {
  static let headLength = 13

  var writes: [WorkloadWrite] = []

  /// A mark, the body's length (4 bytes) and its checksum (8), and the body.
  var bytes: [UInt8] {
    let body = writes.flatMap { write in
      number(write.segment, 1) + number(write.offset, 4) + number(write.bytes.count, 4) + write.bytes
    }
    return [0xa5] + number(body.count, 4) + number(Self.checksum(body), 8) + body
  }

  func apply(to images: inout [[UInt8]]) {
    for write in writes { images[write.segment].replaceSubrange(write.range, with: write.bytes) }
  }

  /// What lies in `file` at `offset`: a record, nothing, or bytes that are neither.
  enum Found {
    case record(LogRecord, length: Int)
    case nothing
    case damaged
  }

  static func read(_ file: any StorageFile, at offset: Int) throws -> Found {
    let head = try file.read(headLength, at: offset)
    guard head.count == headLength, head.contains(where: { $0 != 0 }) else { return .nothing }
    let length = value(head[1..<5])
    guard head[0] == 0xa5, length <= 1 << 20 else { return .damaged }
    let body = try file.read(length, at: offset + headLength)
    guard body.count == length, checksum(body) == value(head[5..<13]) else { return .damaged }
    var record = LogRecord()
    var place = 0
    while place < body.count {
      let count = value(body[place + 5..<place + 9])
      record.writes.append(
        WorkloadWrite(
          segment: value(body[place..<place + 1]), offset: value(body[place + 1..<place + 5]),
          bytes: Array(body[place + 9..<place + 9 + count])))
      place += 9 + count
    }
    return .record(record, length: headLength + length)
  }

  private static func checksum(_ bytes: [UInt8]) -> Int {
    bytes.reduce(1_469_598_103) { ($0 ^ Int($1)) &* 1_099_511_628_211 }
  }

  private static func value(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private func number(_ number: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }
}

/// Keeps what it promises: a record is written, synced, and then promised; recovery stops at the first that is not whole.
package class RecordStore: SystemUnderTest {
  fileprivate let storage: any Storage
  fileprivate var images: [[UInt8]]
  fileprivate var batch = LogRecord()
  fileprivate var end = 0

  /// The files of the store.
  fileprivate class var files: [String] { ["log"] }

  package class func create(on storage: any Storage, for scenario: Scenario) throws {
    for name in files { try storage.open(name, .createOrOpen).sync(.full) }
    try storage.syncDirectory("")
  }

  package static func open(on storage: any Storage, for scenario: Scenario) throws -> Self {
    let store = Self(storage, scenario)
    try store.recover()
    return store
  }

  required init(_ storage: any Storage, _ scenario: Scenario) {
    self.storage = storage
    images = scenario.segments.map { [UInt8](repeating: 0, count: $0.length) }
  }

  fileprivate func log(_ name: String = "log") throws -> any StorageFile {
    try storage.open(name, .readWrite)
  }

  fileprivate func recover() throws {
    end = try replay(log())
  }

  /// What was replayed since the store was opened.
  fileprivate var replayed: [WorkloadWrite] = []

  /// Applies the whole records of a log, and returns where they end.
  fileprivate func replay(_ file: any StorageFile) throws -> Int {
    var end = 0
    while case .record(let record, let length) = try LogRecord.read(file, at: end) {
      record.apply(to: &images)
      replayed += record.writes
      end += length
    }
    return end
  }

  package func perform(_ operation: Operation) throws {
    switch operation {
    case .begin, .abort, .drop: batch = LogRecord()
    case .write(_, let segment, let offset, let bytes):
      batch.writes.append(WorkloadWrite(segment: segment, offset: offset, bytes: bytes))
    case .commit:
      defer { batch = LogRecord() }
      try commit(batch.bytes)
      batch.apply(to: &images)
    case .flush, .truncate, .truncateStep, .remap, .reopen: break
    }
  }

  fileprivate func commit(_ record: [UInt8]) throws {
    let log = try log()
    try log.write(record, at: end)
    try log.sync(.data)
    end += record.count
  }

  package func readSegments(_ body: (_ segment: Int, _ bytes: RawSpan) -> Void) {
    for (segment, image) in images.enumerated() {
      let shown = shown(image, segment)
      unsafe body(segment, shown.span.bytes)
    }
  }

  /// What is shown of a segment: with what the open transaction has stored.
  private func shown(_ image: [UInt8], _ segment: Int) -> [UInt8] {
    var image = image
    for write in batch.writes where write.segment == segment {
      image.replaceSubrange(write.range, with: write.bytes)
    }
    return image
  }
}

/// Does not sync its log before it promises a commit.
package final class UnsyncedStore: RecordStore {
  override fileprivate func commit(_ record: [UInt8]) throws {
    try log().write(record, at: end)
    end += record.count
  }
}

/// Writes records of two sectors each, and refuses a log whose last record is there in part: no sync can help.
package final class HalfRecordStore: RecordStore {
  override fileprivate func recover() throws {
    let log = try log()
    end = (try replay(log) + 1023) / 1024 * 1024
    for place in stride(from: 0, to: try log.size(), by: 1024) {
      let halves = try [place, place + 512].map { try log.read(1, at: $0).contains { $0 != 0 } }
      guard halves[0] == halves[1] else { throw HalfARecord(place: place) }
    }
  }

  override fileprivate func replay(_ file: any StorageFile) throws -> Int {
    var end = 0
    while case .record(let record, _) = try LogRecord.read(file, at: end) {
      record.apply(to: &images)
      end += 1024
    }
    return end
  }

  override fileprivate func commit(_ record: [UInt8]) throws {
    var sectors = [UInt8](repeating: 0xff, count: 1024)
    sectors.replaceSubrange(0..<record.count, with: record)
    try super.commit(sectors)
  }

  private struct HalfARecord: Error {
    var place: Int
  }
}

/// Keeps each record in two logs, and needs both; it syncs neither.
package final class TwoLogStore: RecordStore {
  override fileprivate class var files: [String] { ["left", "right"] }

  override fileprivate func recover() throws {
    var copy = images
    swap(&copy, &images)
    let left = try replay(log("left"))
    swap(&copy, &images)
    let right = try replay(log("right"))
    // What one of them lacks never happened.
    if left < right { swap(&copy, &images) }
    end = min(left, right)
  }

  override fileprivate func commit(_ record: [UInt8]) throws {
    for name in Self.files { try log(name).write(record, at: end) }
    end += record.count
  }
}

/// Recovery copies the records of a journal to their home and empties the journal, without a sync between the two.
package final class JournalStore: RecordStore {
  override fileprivate class var files: [String] { ["home", "log"] }

  override fileprivate func recover() throws {
    let home = try log("home")
    for segment in images.indices {
      let known = try home.read(images[segment].count, at: segment * images[segment].count)
      images[segment].replaceSubrange(0..<known.count, with: known)
    }
    let journal = try log()
    guard try replay(journal) > 0 else { return end = 0 }
    for write in replayed { try home.write(write.bytes, at: write.segment * images[0].count + write.offset) }
    // Missing: a sync of the home.
    try journal.truncate(to: 0)
    try journal.sync(.full)
    end = 0
  }
}

/// Goes on at the end of its log's file, though recovery reads up to the first record that is not whole: what it commits after
/// a torn one is never read.
package final class FileEndStore: RecordStore {
  override fileprivate func recover() throws {
    try super.recover()
    end = try log().size()
  }
}

/// Shows a commit whose sync failed, and takes the next sync that succeeds for that of all before it. Only an application that goes on with it
/// as it is notices.
package final class BelievingStore: RecordStore {
  package class func traits(for scenario: Scenario) -> SystemTraits { SystemTraits(openingPromises: false) }

  override package func perform(_ operation: Operation) throws {
    if operation == .flush { return try log().sync(.data) }
    try super.perform(operation)
  }

  override fileprivate func commit(_ record: [UInt8]) throws {
    let log = try log()
    try log.write(record, at: end)
    end += record.count
    batch.apply(to: &images)
    batch = LogRecord()
    try log.sync(.data)
  }
}

/// The same, but takes no call after one that failed.
package final class CautiousStore: RecordStore {
  private var hasFailed = false

  package class func traits(for scenario: Scenario) -> SystemTraits { SystemTraits(openingPromises: false) }

  override package func perform(_ operation: Operation) throws {
    if hasFailed { throw HasFailed() }
    try super.perform(operation)
  }

  override fileprivate func commit(_ record: [UInt8]) throws {
    do { try super.commit(record) } catch {
      hasFailed = true
      throw error
    }
  }

  private struct HasFailed: Error {}
}

/// Where its log cannot be written, it writes a record to another file, and forgets to sync that.
package final class SpillStore: RecordStore {
  override fileprivate class var files: [String] { ["log", "spill"] }
  private var spilled = 0

  override fileprivate func recover() throws {
    try super.recover()
    spilled = try replay(log("spill"))
  }

  override fileprivate func commit(_ record: [UInt8]) throws {
    guard spilled == 0 else { return try spill(record) }
    do {
      try super.commit(record)
    } catch {
      try spill(record)
    }
  }

  private func spill(_ record: [UInt8]) throws {
    try log("spill").write(record, at: spilled)
    spilled += record.count
  }
}
