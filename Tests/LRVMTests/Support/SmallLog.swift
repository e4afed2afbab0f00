import FaultFS
import LRVM
import Storage

/// A disk with a small log named "log" and segments of two pages, each named "a", "b", …
enum SmallLog {
  static let shape = LogShape(recordSectors: 16, statusLength: 512)
  static let segmentLength = 2 * RVM.pageLength

  static func create(
    on disk: any Storage, shape: LogShape = shape, segments: [String] = ["a"], length: Int = segmentLength
  ) throws {
    try RVM.createLog("log", shape: shape, on: disk)
    for segment in segments { try RVM.createSegment(segment, length: length, on: disk) }
  }

  static func disk(
    shape: LogShape = shape, segments: [String] = ["a"], profile: Profile = .posix
  ) throws -> FaultDisk {
    let disk = FaultDisk(profile: profile)
    try create(on: disk, shape: shape, segments: segments)
    return disk
  }
}

extension Options {
  /// Truncation by steps of the caller, so that nothing depends on a thread's timing.
  static func stepped(
    _ method: TruncationMethod = .epoch, threshold: Double = 1, isChecked: Bool = false
  ) -> Options {
    Options(
      truncationDriver: .stepped, truncationMethod: method, truncationThreshold: threshold,
      isChecked: isChecked)
  }
}

extension RVM {
  /// One transaction that stores `value` at `offset`.
  func put(_ value: UInt64, in region: Region, at offset: Int, _ mode: CommitMode = .flush) throws(RVMError) {
    let transaction = try begin()
    try transaction.store(value, in: region, at: offset)
    try transaction.commit(mode)
  }

  static func open(_ disk: any Storage, _ options: Options = .stepped()) throws(RVMError) -> RVM {
    try RVM(log: "log", on: disk, options: options)
  }
}

extension Transaction {
  /// The error with which a range is refused; nil where it is declared.
  borrowing func refusal(_ region: Region, _ offset: Int, _ length: Int) -> RVMError? {
    do { try setRange(region, offset: offset, length: length) } catch { return error }
    return nil
  }
}

extension Storage {
  /// All bytes of a file.
  func contents(_ name: String) throws(StorageError) -> [UInt8] {
    let file = try open(name, .readOnly)
    defer { file.close() }
    return try file.read(try file.size(), at: 0)
  }

  /// Replaces a file's content, or creates it.
  func replace(_ name: String, with bytes: [UInt8]) throws(StorageError) {
    let file = try open(name, .createOrOpen)
    defer { file.close() }
    try file.truncate(to: 0)
    try file.write(bytes, at: 0)
  }
}

extension Region {
  var contents: [UInt8] {
    withBytes { span in
      (0..<span.byteCount).map { unsafe span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
    }
  }
}
