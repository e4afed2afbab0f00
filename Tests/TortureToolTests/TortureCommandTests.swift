import Glibc
import SystemPackage
import Testing
import TextFiles
import TortureCampaign
import TortureCore
import TortureFailures
import TortureSamples
import TortureViews

@testable import TortureTool

@Suite struct TortureCommandTests {
  private let folder: TestFolder
  private let recording = RecordedConsole()

  init() throws {
    Samples.registerSystems()
    folder = try TestFolder()
  }

  private func replay(_ behaviour: String) async throws -> CommandStatus {
    let reproducer = Reproducer(
      scenario: try makeScenario("bank", behaviour), seed: 2, finding: makeFinding("bank-2"))
    let path = folder.path.appending("reproducer.json")
    try TextFile.create(path, reproducer.text())
    return await TortureCommand.replay(
      path.string, console: recording.console, launch: try fixtureLaunch(caseLimitSeconds: 30))
  }

  @Test func aFailureThatIsThereIsTold() async throws {
    #expect(try await replay("violate 2") == .violation)
    #expect(
      recording.output
        == "\nlost-commit: Transaction 1 was cut off.?[31m\nThe failure is there: lost-commit\n")
  }

  @Test(arguments: [
    ("violate 2", "Transaction 3 is missing."), ("trap 2", "lost-commit"), ("", "Nothing found"),
  ])
  func aReplayCanLeaveAPage(behaviour: String, words: String) async throws {
    let reproducer = Reproducer(
      scenario: try makeScenario("bank", behaviour), seed: 2, finding: makeFinding("bank-2"))
    let path = folder.path.appending("reproducer.json")
    try TextFile.create(path, reproducer.text())
    let page = folder.path.appending("page.html")
    let launch = try fixtureLaunch(caseLimitSeconds: 30)
    let status = await TortureCommand.replay(
      path.string, html: page.string, console: recording.console, launch: launch)
    #expect(status == (behaviour.isEmpty ? .success : .violation))
    #expect(recording.output.hasSuffix("Page: \(page)\n"))
    let text = try TextFile.read(page)
    #expect(text.hasPrefix("<!DOCTYPE html>") && text.contains(words) && !text.contains("{{"))
    // It is never written over what is there.
    let again = await TortureCommand.replay(
      path.string, html: page.string, console: recording.console, launch: launch)
    #expect(again == .usage && recording.status.contains("File exists"))
    #expect(try TextFile.read(page) == text)
  }

  @Test func withoutADebuggerTheLineIsShown() async throws {
    let path = folder.path.appending("reproducer.json")
    try TextFile.create(
      path, Reproducer(scenario: try makeScenario("bank"), seed: 2, finding: makeFinding("bank-2")).text())
    let none = folder.path.appending("bin").string
    #expect(TortureCommand.debug(path.string, searchPath: none, console: recording.console) == .success)
    #expect(recording.output.contains("No debugger is installed") && recording.output.contains("debug-case"))
    #expect(Debugger(searchPath: "\(none):/nowhere") == nil)
    try FileTree.makeFolder(folder.path.appending("bin"))
    let gdb = folder.path.appending("bin/gdb")
    try TextFile.create(gdb, "#!/bin/sh\n")
    #expect(Debugger(searchPath: none) == nil)
    #expect(unsafe chmod(gdb.string, 0o755) == 0)
    #expect(
      Debugger(searchPath: none)?.line(["me", "x"])
        == [gdb.string, "-q", "-ex", "run", "-ex", "bt", "--args", "me", "x"])
  }

  @Test func aTrapHasNoCallToStopAt() async throws {
    var finding = makeFinding("bank-2")
    finding.crashes = []
    let path = folder.path.appending("reproducer.json")
    try TextFile.create(
      path, Reproducer(scenario: try makeScenario("bank"), seed: 2, finding: finding).text())
    #expect(TortureCommand.debug(path.string, searchPath: "", console: recording.console) == .usage)
    #expect(recording.status.contains("has no storage call to stop at"))
  }

  @Test func anotherFailureThanTheRecordedOneIsSaid() throws {
    let reproducer = Reproducer(
      scenario: try makeScenario("bank", "violate 2"), seed: 2, finding: makeFinding("bank-2"))
    #expect(
      TortureCommand.verdict(Violation(.tornTransaction, ""), of: reproducer)
        == "Another failure is there: torn-transaction; the reproducer has lost-commit")
  }

  @Test func aFailureThatIsGoneIsSaid() async throws {
    #expect(try await replay("violate 3") == .success)
    #expect(recording.output.hasSuffix("The failure did not come back.\n"))
  }

  @Test func aTrapInAReplayShowsItsStack() async throws {
    #expect(try await replay("trap 2") == .violation)
    #expect(recording.output.contains("It trapped with SIG"))
    #expect(recording.output.contains("Tests/Support/WorkerFixture/Main.swift:"))
  }

  /// A replay has the memory that the process had, not what this command would give it.
  @Test func aTrapForWantOfMemoryComesBack() async throws {
    #expect(try await run("hoard 2") == .success)
    #expect(try await run("hoard 2", change: { $0.memoryLimitBytes = 1 << 28 }) == .violation)
    let line = try #require(recording.lines.last { $0.contains("replay") })
    let path = try #require(line.split(separator: " ").last)
    let status = await TortureCommand.replay(
      String(path), console: recording.console, launch: try fixtureLaunch(caseLimitSeconds: 30))
    #expect(status == .violation)
  }

  @Test func whatIsNoReproducerIsWrongUse() async throws {
    let missing = folder.appending("missing.json")
    let status = await TortureCommand.replay(missing, console: recording.console, launch: try fixtureLaunch())
    #expect(status == .usage)
    #expect(recording.status == "Error: cannot read the reproducer '\(missing)': No such file or directory\n")
  }

  @Test func aFileWithoutAnEndIsWrongUse() async throws {
    let status = await TortureCommand.replay(
      "/dev/zero", console: recording.console, launch: try fixtureLaunch())
    #expect(status == .usage)
    #expect(recording.status == "Error: cannot read the reproducer '/dev/zero': File too large\n")
  }

  private func run(_ behaviour: String, change: (inout CampaignOptions) -> Void = { _ in }) async throws
    -> CommandStatus
  {
    let text = """
      name: case
      description: "\(behaviour)"
      segments: [{ name: accounts, length: 8192 }]
      workload: { kind: bank, transactions: 10, objects: 8 }
      faults: none
      seeds: { first: 1, count: 3 }
      """
    let path = folder.path.appending("case.yaml")
    try FileTree.remove(path)
    try TextFile.create(path, text)
    var options = CampaignOptions()
    options.out = folder.appending("report")
    change(&options)
    return await TortureCommand.run(
      [path.string], options, detail: .normal, console: recording.console, launch: try fixtureLaunch(),
      isInterrupted: { false })
  }

  @Test func aRunEndsWithTheStatusOfItsOutcome() async throws {
    #expect(try await run("") == .success)
    #expect(try await run("violate 2") == .violation)
    #expect(try await run("trap 2") == .violation)
    #expect(try await run("differ 2", change: { $0.doublecheck = true }) == .nondeterminism)
    #expect(try await run("leave 2") == .harnessFailure)
    #expect(try await run("violate 2", change: { $0.canary = true }) == .success)
    #expect(try await run("", change: { $0.canary = true }) == .violation)
  }

  @Test func aFolderOfSomebodyElseIsWrongUse() async throws {
    try FileTree.makeFolder(folder.path.appending("report/precious"))
    #expect(try await run("") == .usage)
    #expect(recording.status.contains("was left alone"))
    #expect(try FileTree.list(folder.path.appending("report")) == ["precious"])
  }
}
