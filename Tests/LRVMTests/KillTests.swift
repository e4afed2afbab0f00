import Foundation
import Testing

/// A process is killed while it commits to a real disk. `lrvm-kill-check` does the same 200 times.
@Suite struct KillTests {
  private func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let check = Process()
    check.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent()
      .appending(path: "lrvm-kill-check")
    let directory = try TemporaryDirectory()
    check.arguments = arguments + ["--directory", directory.path]
    let pipe = Pipe()
    check.standardOutput = pipe
    try check.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    check.waitUntilExit()
    return (check.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  @Test(arguments: ["lrvm", "vista"]) func everyAcknowledgedCommitIsThereAfterAKill(_ engine: String) throws {
    let (status, output) = try run(["--engine", engine, "--kills", "10", "--seed", "3"])
    #expect(status == 0)
    #expect(output.hasPrefix("10 kills, ") && output.hasSuffix(" 0 lost, 0 broken images\n"), "\(output)")
  }

  @Test func aSoakOfManyThreadsLosesNothing() throws {
    let (status, output) = try run(["soak", "--duration", "2", "--interval", "0.3", "--threads", "4"])
    #expect(status == 0)
    #expect(output.hasSuffix(" 0 lost, 0 broken images\n"), "\(output)")
  }

  /// Killed before its threads have changed every slot.
  @Test func aSoakMayEndBeforeItHasBegun() throws {
    let (status, output) = try run(["soak", "--duration", "1", "--interval", "0.05", "--threads", "4"])
    #expect(status == 0)
    #expect(output.hasSuffix(" 0 lost, 0 broken images\n"), "\(output)")
  }

  @Test(arguments: ["lrvm", "vista"]) func anAcknowledgementThatWasNoPromiseIsFound(_ engine: String) throws {
    let (status, output) = try run(["--engine", engine, "--kills", "10", "--seed", "3", "--sabotage"])
    #expect(status == 1)
    #expect(!output.contains(" 0 lost"), "\(output)")
  }
}
