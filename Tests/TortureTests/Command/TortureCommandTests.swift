import SystemPackage
import Testing

@testable import Torture

@Suite struct TortureCommandTests {
  private let folder: TestFolder
  private let recording = Recording()

  init() throws {
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
    #expect(recording.output == "transaction 1 was cut off\n?[31m\nThe failure is there: lost-commit\n")
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
    #expect(recording.status.contains("is left alone"))
    #expect(try FileTree.list(folder.path.appending("report")) == ["precious"])
  }
}
