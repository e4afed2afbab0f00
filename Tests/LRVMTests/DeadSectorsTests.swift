import FaultFS
import LRVM
import Storage
import SystemPackage
import Testing

/// What does not belong to the live records, and what cannot be read but is not needed, is no reason to refuse a log.
@Suite struct DeadSectorsTests {
  private static let shape = LogShape(recordSectors: 16, statusLength: 512)
  private static let recordsStart = 5 * 512

  private func sector(_ place: Int) -> Range<Int> {
    Self.recordsStart + place * 512..<Self.recordsStart + (place + 1) * 512
  }

  /// Whole sectors of an earlier time, in every free place, in front of an empty log and of a live one: opened, used, opened
  /// again, as often as it takes to wrap.
  @Test func aWholeSectorOfAnEarlierTimeInAWrongPlaceSaysNothing() throws {
    for live in [0, 3] {
      for wrong in 0..<16 {
        let disk = try SmallLog.disk(shape: Self.shape)
        var rvm = try RVM.open(disk)
        var region = try rvm.map("a")
        for turn in 1...20 as ClosedRange<UInt64> { try rvm.put(turn, in: region, at: 0) }
        let old = try disk.contents("log")
        try rvm.terminate()
        rvm = try RVM.open(disk)
        region = try rvm.map("a")
        try rvm.truncate()
        for turn in 0..<UInt64(live) { try rvm.put(100 + turn, in: region, at: 0) }
        try rvm.terminate()
        var log = try disk.contents("log")
        let inspection = try #require(try LogInspection("log", on: disk))
        let head = Int(try #require(inspection.headPosition))
        if (0..<live).contains((wrong - head % 16 + 16) % 16) { continue }
        log.replaceSubrange(sector(wrong), with: old[sector((wrong + 5) % 16)])
        try disk.replace("log", with: log)
        var expected = live == 0 ? 20 : 100 + UInt64(live) - 1
        for turn in 0..<25 {
          rvm = try RVM.open(disk)
          region = try rvm.map("a")
          #expect(region.load(UInt64.self, at: 0) == expected, "place \(wrong), opening \(turn)")
          expected = 1000 + UInt64(turn)
          try rvm.put(expected, in: region, at: 0)
          try rvm.terminate()
        }
      }
    }
  }

  /// The disk reads ahead of what is needed, and a page there is gone.
  @Test func whatIsReadAheadAndUnreadableIsNotNeeded() throws {
    let directory = try TemporaryDirectory()
    let real = try directory.storage()
    try SmallLog.create(on: real, shape: LogShape(recordSectors: 512, statusLength: 512))
    let disk = UnreadableStorage(real)
    var rvm = try RVM.open(disk)
    var region = try rvm.map("a")
    for turn in 1...10 as ClosedRange<UInt64> { try rvm.put(turn, in: region, at: 0) }
    // The sectors from 6 behind the tail to the end of the ring.
    disk.bad = Self.recordsStart + 16 * 512..<Self.recordsStart + 512 * 512
    try rvm.truncate()
    for turn in 11...13 as ClosedRange<UInt64> { try rvm.put(turn, in: region, at: 0) }
    withExtendedLifetime(rvm) {}
    rvm = try RVM(log: "log", on: copy(of: disk), options: .stepped())
    region = try rvm.map("a")
    #expect(region.load(UInt64.self, at: 0) == 13)
    try rvm.terminate()
  }

  private func copy(of disk: UnreadableStorage) throws -> UnreadableStorage {
    let files = try disk.list("").map { ($0, try disk.inner.contents($0)) }
    let copy = FaultDisk()
    for (name, bytes) in files { try copy.replace(name, with: bytes) }
    let unreadable = UnreadableStorage(copy)
    unreadable.bad = disk.bad
    return unreadable
  }

  /// One bit of the log's first bytes, or all of its first sector: the second copy serves, and the first is written anew.
  @Test func aLogWithADamagedHeaderIsALog() throws {
    for damaged in [0..<1, 0..<512, 8..<9] {
      let disk = try SmallLog.disk(shape: Self.shape)
      var rvm = try RVM.open(disk)
      try rvm.put(7, in: try rvm.map("a"), at: 0)
      withExtendedLifetime(rvm) {}
      let whole = try disk.contents("log")
      var log = whole
      for byte in damaged { log[byte] ^= 1 }
      let copy = FaultDisk()
      for name in try disk.list("") { try copy.replace(name, with: disk.contents(name)) }
      try copy.replace("log", with: log)
      #expect(try LogInspection("log", on: copy)?.headerCopiesDamaged == [1])
      rvm = try RVM.open(copy)
      #expect(try rvm.map("a").load(UInt64.self, at: 0) == 7)
      try rvm.terminate()
      #expect(try copy.contents("log").prefix(1024) == whole.prefix(1024))
      // Without either, it is a damaged log, and none to be created anew.
      for byte in 0..<1024 { log[byte] = 0 }
      try copy.replace("log", with: log)
      #expect(
        throws: RVMError.logDamaged(log: "log", reason: "both copies of its header are damaged")
      ) { try RVM.open(copy) }
    }
  }
}

/// A disk with bytes of the log that cannot be read.
private final class UnreadableStorage: Storage, @unchecked Sendable {
  let inner: any Storage
  var bad = 0..<0

  init(_ inner: any Storage) { self.inner = inner }

  var sectorLength: Int { inner.sectorLength }

  func open(_ name: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile {
    UnreadableFile(self, try inner.open(name, mode))
  }
  func rename(_ name: String, to newName: String) throws(StorageError) {
    try inner.rename(name, to: newName)
  }
  func remove(_ name: String) throws(StorageError) { try inner.remove(name) }
  func list(_ directory: String) throws(StorageError) -> [String] { try inner.list(directory) }
  func syncDirectory(_ directory: String) throws(StorageError) { try inner.syncDirectory(directory) }
}

private final class UnreadableFile: StorageFile {
  private let storage: UnreadableStorage
  private let inner: any StorageFile

  init(_ storage: UnreadableStorage, _ inner: any StorageFile) {
    (self.storage, self.inner) = (storage, inner)
  }

  var name: String { inner.name }
  var sequentialReadLength: Int { 1 << 18 }

  func read(into buffer: inout MutableRawSpan, at offset: Int) throws(StorageError) -> Int {
    if name == "log", storage.bad.overlaps(offset..<offset + buffer.byteCount) {
      throw StorageError(.read, name, .errno(.ioError))
    }
    return try inner.read(into: &buffer, at: offset)
  }
  func write(_ bytes: RawSpan, at offset: Int) throws(StorageError) { try inner.write(bytes, at: offset) }
  @unsafe func write(gathering parts: [UnsafeRawBufferPointer], at offset: Int) throws(StorageError) {
    try unsafe inner.write(gathering: parts, at: offset)
  }
  func size() throws(StorageError) -> Int { try inner.size() }
  func truncate(to size: Int) throws(StorageError) { try inner.truncate(to: size) }
  func allocate(_ size: Int) throws(StorageError) { try inner.allocate(size) }
  func sync(_ kind: SyncKind) throws(StorageError) { try inner.sync(kind) }
  func lockExclusively() throws(StorageError) { try inner.lockExclusively() }
  func close() { inner.close() }
}
