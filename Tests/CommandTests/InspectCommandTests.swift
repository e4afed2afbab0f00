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
      "8 record sectors of 512 bytes", "it holds", "16..<24 of accounts: 2a00000000000000", "never written",
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
    #expect(segment.output.hasPrefix("segment accounts, 4096 bytes\n"))
    try folder.write("letter", "Dear reader,")
    let letter = try await CommandRun.run(["inspect", "letter"], in: folder.path)
    #expect(letter.status == 1)
    #expect(letter.output.hasPrefix("letter, 12 bytes: neither a log"))
    let missing = try await CommandRun.run(["inspect", "nothing"], in: folder.path)
    #expect(missing.status == 64)
    #expect(missing.errors.contains("No such file or directory"))
  }
}
