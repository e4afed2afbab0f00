import LRVM
import Storage
import SystemPackage
import Testing

/// `inspect` on real files, as users call it.
@Suite struct InspectCommandTests {
  private let folder: CommandFolder

  init() throws {
    folder = try CommandFolder()
    let disk = try PosixStorage(directory: folder.path.string)
    try RVM.createLog("bank.log", shape: LogShape(recordSectors: 8, statusLength: 512), on: disk)
    try RVM.createSegment("accounts", length: RVM.pageLength, on: disk)
    let rvm = try RVM(log: "bank.log", on: disk)
    let region = try rvm.map("accounts")
    let transfer = try rvm.begin()
    try transfer.store(42, in: region, at: 16)
    try transfer.commit(.flush)
    withExtendedLifetime(rvm) {}
  }

  @Test func aLogIsTold() async throws {
    let text = try await CommandRun.run(["inspect", "bank.log"], in: folder.path)
    #expect(text.status == 0, "\(text.errors)")
    for words in [
      "8 record sectors of 512 bytes", "recovery goes by this one", "record 1 at byte 2592",
      "16..<24 of accounts: 2a00000000000000, at byte 2624",
      "byte 3072 of the file: the sector there was never written",
      "recovery accepts it",
    ] {
      #expect(text.output.contains(words), "\(text.output)")
    }
    let json = try await CommandRun.run(["inspect", "--json", "bank.log"], in: folder.path)
    #expect(json.status == 0)
    #expect(json.output.contains("\"values\" : \"2a00000000000000\""))
  }

  @Test func otherFilesAreTold() async throws {
    let segment = try await CommandRun.run(["inspect", "accounts"], in: folder.path)
    #expect(segment.status == 0)
    #expect(segment.output.hasPrefix("segment accounts, 4096 bytes "))
    try folder.write("letter", "Dear reader,")
    let letter = try await CommandRun.run(["inspect", "letter"], in: folder.path)
    #expect(letter.status == 1)
    #expect(letter.output.hasPrefix("letter, 12 bytes: neither a log"))
    try folder.write("nil", "")
    let empty = try await CommandRun.run(["inspect", "nil"], in: folder.path)
    #expect(empty.status == 1)
    #expect(empty.output.hasPrefix("nil is empty"))
    // As long as a segment, and plainly none.
    try folder.write("vista", "RioVista" + String(repeating: "\0", count: 4088))
    let vista = try await CommandRun.run(["inspect", "vista"], in: folder.path)
    #expect(vista.status == 1)
    #expect(vista.output.contains("a log of Vista"))
    let program = try await CommandRun.run(["inspect", "/bin/ls"], in: folder.path)
    #expect(program.status == 1)
    #expect(program.output.contains("an executable"))
    let missing = try await CommandRun.run(["inspect", "nothing"], in: folder.path)
    #expect(missing.status == 64)
    #expect(missing.errors.contains("No such file or directory"))
  }

  /// What recovery refuses ends with 1, and shows what can be read all the same.
  @Test func damagedLogsAreRefusedAndShown() async throws {
    let disk = try PosixStorage(directory: folder.path.string)
    let log = try disk.open("bank.log", .readWrite)
    let bytes = try log.read(try log.size(), at: 0)
    try log.truncate(to: bytes.count - 1)
    let cut = try await CommandRun.run(["inspect", "bank.log"], in: folder.path)
    #expect(cut.status == 1)
    #expect(cut.output.contains("the file is cut: 1 byte missing at its end"), "\(cut.output)")
    #expect(cut.output.contains("record 1 at byte 2592"))
    #expect(cut.output.contains("recovery refuses it"))
    try log.write(bytes, at: 0)
    try log.write(Array(repeating: 0xff, count: 1024), at: 0)
    let headless = try await CommandRun.run(["inspect", "bank.log"], in: folder.path)
    #expect(headless.status == 1)
    for words in [
      "header: both copies are damaged", "not reached by recovery: the batch at position 0, generation ",
      "  record 1 at byte 2592", "16..<24 of accounts: 2a00000000000000", "recovery refuses it",
    ] {
      #expect(headless.output.contains(words), "\(headless.output)")
    }
  }
}
