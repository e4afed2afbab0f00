import Foundation
import SystemPackage
import Testing

@testable import Storage

@Suite struct PosixStorageTests {
  private let directory: TemporaryDirectory
  private let storage: PosixStorage

  init() throws {
    directory = try TemporaryDirectory()
    storage = try PosixStorage(directory: directory.path)
  }

  @Test func knowsItsDirectory() {
    #expect(storage.directory == directory.path)
  }

  /// As `lsblk` says it of the device, by another way through the kernel's files.
  @Test func sectorsAreThoseOfTheDevice() throws {
    let block = "/sys/class/block"
    var status = stat()
    try #require(unsafe stat(directory.path, &status) == 0)
    let device = Int(status.st_dev)
    let (major, minor) = ((device >> 8) & 0xfff, (device & 0xff) | ((device >> 12) & 0xfff00))
    let number = "\(major):\(minor)\n"
    let name = try FileManager.default.contentsOfDirectory(atPath: block).first {
      (try? String(contentsOfFile: "\(block)/\($0)/dev", encoding: .utf8)) == number
    }
    var length: String?
    if let name {
      // A partition's folder lies in that of its disk.
      for place in ["\(block)/\(name)/queue", "\(block)/\(name)/../queue"] where length == nil {
        length = try? String(contentsOfFile: "\(place)/physical_block_size", encoding: .utf8)
      }
    }
    #expect("\(storage.sectorLength)" == length?.trimmingCharacters(in: .newlines) ?? "4096")
  }

  @Test func refusesADirectoryThatIsNone() throws {
    let missing = "\(directory.path)/missing"
    #expect(throws: StorageError(.open, missing, .errno(.noSuchFileOrDirectory))) {
      try PosixStorage(directory: missing)
    }
    _ = try storage.open("file", .createNew)
    let file = "\(directory.path)/file"
    #expect(throws: StorageError(.open, file, .errno(.notDirectory))) { try PosixStorage(directory: file) }
    #expect(throws: StorageError(.open, "", .errno(.noSuchFileOrDirectory))) {
      try PosixStorage(directory: "")
    }
    #expect(throws: StorageError(.open, "/tmp\0", .invalidName)) { try PosixStorage(directory: "/tmp\0") }
  }

  @Test(arguments: [OpenMode.readOnly, .readWrite, .createOrOpen])
  func refusesToOpenADirectory(_ mode: OpenMode) throws {
    try directory.createDirectory("sub")
    #expect(throws: StorageError(.open, "sub", .errno(.isDirectory))) { try storage.open("sub", mode) }
  }

  @Test func createNewOfADirectoryExists() throws {
    try directory.createDirectory("sub")
    #expect(throws: StorageError(.open, "sub", .errno(.fileExists))) { try storage.open("sub", .createNew) }
  }

  @Test(arguments: [OpenMode.readOnly, .readWrite, .createOrOpen])
  func refusesAPipeWithoutWaitingForIt(_ mode: OpenMode) throws {
    #expect(unsafe mkfifo("\(directory.path)/pipe", 0o600) == 0)
    #expect(throws: StorageError(.open, "pipe", .errno(.illegalSeek))) { try storage.open("pipe", mode) }
  }

  @Test func syncsTheDirectoryThatContainsAFile() throws {
    try directory.createDirectory("sub")
    let (real, synced) = (SystemCalls(), Counter())
    var calls = real
    calls.sync = { descriptor, kind in
      _ = synced.next()
      return real.sync(descriptor, kind)
    }
    let storage = try directory.storage(calls)
    try storage.syncDirectory(containing: "a")
    try storage.syncDirectory(containing: "sub/a")
    #expect(synced.value == 2)
    #expect(throws: StorageError(.syncDirectory, "missing", .errno(.noSuchFileOrDirectory))) {
      try storage.syncDirectory(containing: "missing/a")
    }
  }

  @Test func createsNoDirectories() throws {
    #expect(throws: StorageError(.open, "sub/a", .errno(.noSuchFileOrDirectory))) {
      try storage.open("sub/a", .createNew)
    }
    #expect(throws: StorageError(.list, "sub", .errno(.noSuchFileOrDirectory))) { try storage.list("sub") }
    #expect(throws: StorageError(.syncDirectory, "sub", .errno(.noSuchFileOrDirectory))) {
      try storage.syncDirectory("sub")
    }
  }

  @Test func refusesAFileAsADirectory() throws {
    _ = try storage.open("a", .createNew)
    #expect(throws: StorageError(.open, "a/b", .errno(.notDirectory))) { try storage.open("a/b", .createNew) }
    #expect(throws: StorageError(.list, "a", .errno(.notDirectory))) { try storage.list("a") }
    #expect(throws: StorageError(.syncDirectory, "a", .errno(.notDirectory))) {
      try storage.syncDirectory("a")
    }
  }

  @Test func removeAndRenameDoNotReplaceADirectory() throws {
    try directory.createDirectory("sub")
    _ = try storage.open("a", .createNew)
    #expect(throws: StorageError(.remove, "sub", .errno(.isDirectory))) { try storage.remove("sub") }
    #expect(throws: StorageError(.rename, "a", .errno(.isDirectory))) { try storage.rename("a", to: "sub") }
  }

  @Test func listsRegularFilesAndLinksToSuch() throws {
    _ = try storage.open("file", .createNew)
    try directory.createDirectory("sub")
    try directory.createLink("link", to: "file")
    try directory.createLink("link-to-directory", to: "sub")
    try directory.createLink("broken", to: "nowhere")
    #expect(unsafe mkfifo("\(directory.path)/pipe", 0o600) == 0)
    #expect(try storage.list("") == ["file", "link"])
    #expect(try storage.list("") == ["file", "link"], "a second list starts from the beginning")
  }

  @Test func refusesANameThatIsTooLong() {
    let name = String(repeating: "n", count: 256)
    #expect(throws: StorageError(.open, name, .errno(.fileNameTooLong))) {
      try storage.open(name, .createNew)
    }
  }

  @Test func writesToAFullDeviceFail() throws {
    try directory.createLink("full", to: "/dev/full")
    let file = try storage.open("full", .readWrite)
    #expect(throws: StorageError(.write, "full", .errno(.noSpace))) { try file.write([1, 2, 3], at: 0) }
    #expect(throws: StorageError(.write, "full", .errno(.noSpace))) {
      let bytes: [UInt8] = [1, 2, 3]
      try unsafe bytes.withUnsafeBytes { try unsafe file.write(gathering: [$0], at: 0) }
    }
  }

  @Test func namesMeanTheSameFilesAfterTheDirectoryIsRenamed() throws {
    try directory.createDirectory("before")
    let storage = try PosixStorage(directory: "\(directory.path)/before")
    try storage.open("a", .createNew).write([1, 2, 3], at: 0)
    try FileManager.default.moveItem(atPath: "\(directory.path)/before", toPath: "\(directory.path)/after")
    #expect(try storage.open("a", .readOnly).read(10, at: 0) == [1, 2, 3])
    #expect(try storage.list("") == ["a"])
  }

  @Test func bytesAreInTheFileThatOthersSee() throws {
    try storage.open("a", .createNew).write(Array("hello".utf8), at: 0)
    #expect(FileManager.default.contents(atPath: "\(directory.path)/a") == Data("hello".utf8))
  }

  @Test func allocateReservesBlocks() throws {
    try storage.open("a", .createNew).allocate(1 << 20)
    var status = stat()
    #expect(unsafe stat("\(directory.path)/a", &status) == 0)
    #expect(status.st_size == 1 << 20)
    #expect(status.st_blocks * 512 >= 1 << 20)
  }

  @Test(arguments: [true, false])
  func theLockExcludesOtherProcesses(held: Bool) throws {
    let file = try storage.open("a", .createNew)
    if held { try file.lockExclusively() }
    let other = Process()
    other.executableURL = URL(filePath: "/usr/bin/flock")
    other.arguments = ["--nonblock", "--conflict-exit-code", "7", "\(directory.path)/a", "true"]
    try other.run()
    other.waitUntilExit()
    #expect(other.terminationStatus == (held ? 7 : 0))
  }

  @Test func aFileLockedByAnotherProcessIsLocked() throws {
    let file = try storage.open("a", .createNew)
    let other = Process()
    let (input, output) = (Pipe(), Pipe())
    other.executableURL = URL(filePath: "/usr/bin/flock")
    other.arguments = ["\(directory.path)/a", "sh", "-c", "echo locked; read line"]
    other.standardInput = input
    other.standardOutput = output
    try other.run()
    #expect(output.fileHandleForReading.availableData == Data("locked\n".utf8))
    #expect(throws: StorageError(.lock, "a", .locked)) { try file.lockExclusively() }
    try input.fileHandleForWriting.close()
    other.waitUntilExit()
    try file.lockExclusively()
  }
}
