import FoundationEssentials
import Subprocess
import SystemPackage
import Testing

/// The built command, called as users call it.
@Suite struct CommandTests {
  private let folder: CommandFolder

  init() throws {
    folder = try CommandFolder()
  }

  private func run(_ arguments: String..., input: String = "", shell: String = "") async throws -> CommandRun
  {
    try await CommandRun.run(arguments, in: folder.path, input: input, shell: shell)
  }

  @Test func aRunWritesItsReportAndSaysSo() async throws {
    try folder.writeScenario("transfers")
    let run = try await run("run", "transfers.yaml", "--jobs", "2", "--verbose")
    #expect(run.status == 0, "\(run.output)\(run.errors)")
    #expect(run.output.contains("transfers · seeds 1...3"))
    #expect(run.output.contains("Nothing found"))
    #expect(run.output.hasSuffix("Report: reports/latest\n"))
    #expect(!run.output.contains("\u{1b}"))
    #expect(try folder.read("reports/latest/results.jsonl").split(separator: "\n").count == 3)
    #expect(try folder.read("reports/latest/summary.json").contains("\"state\" : \"finished\""))
  }

  @Test func theSameSeedsGiveTheSameBytes() async throws {
    try folder.makeFolder("scenarios")
    try folder.writeScenario("one", in: "scenarios")
    try folder.writeScenario("two", in: "scenarios")
    let first = try await run(
      "run", "--first-seed", "40", "--runs", "5", "--jobs", "1", "--out", "a", "--quiet")
    let second = try await run(
      "run", "--first-seed", "40", "--runs", "5", "--jobs", "3", "--out", "b", "--doublecheck", "--quiet")
    #expect([first.status, second.status] == [0, 0], "\(first.errors)\(second.errors)\(second.output)")
    let results = try folder.read("a/results.jsonl")
    #expect(results == (try folder.read("b/results.jsonl")))
    #expect(results.split(separator: "\n").count == 10)
  }

  @Test func wrongUseExitsWith64() async throws {
    try folder.makeFolder("empty")
    try folder.writeScenario("good")
    try folder.write("bad.yaml", "name: bad\nbananas: 3\n")
    for (arguments, words) in [
      (["run"], "'scenarios'"),
      (["run", "missing.yaml"], "there is no scenario 'missing.yaml'"),
      (["run", "empty"], "the folder 'empty' holds no scenario"),
      (["run", "good.yaml", "good.yaml"], "'good.yaml' is listed twice"),
      (["run", "good.yaml", "bad.yaml"], "bad.yaml:2:1"),
      (["run", "good.yaml", "--seed", "x"], "a seed is a number"),
      (["run", "good.yaml", "--seed", "1", "--runs", "2"], "--seed names exactly one seed"),
      (["run", "good.yaml", "--runs", "0"], "at least 1"),
      (["run", "good.yaml", "--jobs", "0"], "from 1 to 512"),
      (["run", "good.yaml", "--time-limit", "soon"], "60s, 2m or 1h30m"),
      (["run", "good.yaml", "--corpus", "missing.json"], "'missing.json' is not a corpus"),
      (["run", "good.yaml", "--corpus", "good.yaml", "--runs", "2"], "--corpus names the seeds"),
      (["corpus", "missing"], "'missing' holds no report"),
      (["run", "good.yaml", "--quiet", "--verbose"], "cannot be combined"),
      (["run", "good.yaml", "--bananas"], "--bananas"),
      (["run", "good.yaml", "--out", "empty/../good.yaml"], "is not a folder"),
      (["run", "good.yaml", "--out", "."], "was left alone"),
      (["list", "missing"], "there is no scenario 'missing'"),
      (["run", "good.yaml", "--seed", "-4"], "a seed is a number from 0"),
      (["replay", "missing.json"], "cannot read the reproducer 'missing.json'"),
      (["replay", "good.yaml"], "is not a reproducer: it is not JSON"),
      (["bananas"], "bananas"),
    ] {
      let run = try await CommandRun.run(arguments, in: folder.path)
      #expect(run.status == 64, "\(arguments)")
      #expect(run.errors.contains(words), "\(arguments): \(run.errors)")
    }
  }

  @Test func nothingRunsWhereOneScenarioIsBad() async throws {
    try folder.writeScenario("good")
    try folder.write("bad.yaml", "name: bad\n")
    _ = try await run("run", "good.yaml", "bad.yaml")
    #expect(throws: Errno.noSuchFileOrDirectory) { try folder.read("reports/latest/summary.json") }
  }

  @Test func scenariosAreListedWithTheirDescriptions() async throws {
    try folder.makeFolder("scenarios")
    try folder.writeScenario("two", in: "scenarios")
    try folder.writeScenario("one", in: "scenarios")
    let run = try await run("list")
    #expect(run.status == 0)
    #expect(run.output == "one\n    A few transfers.\ntwo\n    A few transfers.\n")
    let json = try await self.run("list", "--json")
    let listed = try JSONDecoder().decode([Listed].self, from: Data(json.output.utf8))
    #expect(listed.map(\.name) == ["one", "two"])
  }

  private struct Listed: Decodable {
    var name: String
  }

  @Test func theSchemaIsPrinted() async throws {
    let run = try await run("schema")
    #expect(run.status == 0)
    #expect(run.output.hasPrefix("{"))
    #expect(run.output.contains("\"$schema\""))
  }

  @Test func aWorkerThatHearsNonsenseFails() async throws {
    let run = try await run("worker", input: "what?\n")
    #expect(run.status == 3)
    #expect(
      run.errors.contains("a worker cannot continue: it is asked for 'what?', which is no task that it knows")
    )
  }

  @Test func ctrlCEndsWithTheResultsSoFar() async throws {
    try folder.writeScenario("transfers")
    for signal in [Signal.interrupt, .terminate] {
      let arguments = ["run", "transfers.yaml", "--runs", "1000000000", "--out", "report\(signal.rawValue)"]
      let results = "report\(signal.rawValue)/results.jsonl"
      let run = try await CommandRun.interrupt(arguments, in: folder.path, with: signal) {
        (try? folder.read(results).isEmpty) == false
      }
      #expect(run.status == 130)
      let text = try folder.read(results)
      #expect(text.hasSuffix("}\n"))
      #expect(
        try folder.read("report\(signal.rawValue)/summary.json").contains("\"state\" : \"interrupted\""))
    }
  }

  @Test func theTimeLimitEndsARunWithoutAnError() async throws {
    try folder.writeScenario("transfers")
    let run = try await run("run", "transfers.yaml", "--runs", "1000000000", "--time-limit", "1s", "--quiet")
    #expect(run.status == 0, "\(run.errors)")
    #expect(try folder.read("reports/latest/summary.json").contains("\"state\" : \"finished\""))
  }

  /// On a terminal of its own, which `script` makes.
  @Test func aTerminalHasALiveLineAndColoursUnlessTheyAreUnwanted() async throws {
    try folder.writeScenario("transfers")
    for (variable, hasColour, options) in [
      ("NO_COLOR=", true, ""), ("NO_COLOR=1", false, ""), ("NO_COLOR=", false, "--quiet"),
    ] {
      let command = "lrvm-torture run transfers.yaml --runs 1000000000 --time-limit 1s \(options)"
      let run = try await CommandRun.line(
        "\(variable) TERM=xterm script --quiet --return --command '\(command)' /dev/null </dev/null",
        in: folder.path)
      #expect(run.status == 0, "\(run.output)\(run.errors)")
      #expect(run.output.contains("\u{1b}[1mlrvm-torture") == hasColour)
      let lines = run.output.matches(
        of: /\r[0-9]+% · 1s left · [0-9,]+\/1,000,000,000 cases · 0 violations[^\r\n]*\u{1b}\[K/)
      #expect(lines.isEmpty == !options.isEmpty, "\(run.output)")
      #expect(run.output.contains("Nothing found"))
    }
  }

  @Test func aDiskThatTakesNoMoreEndsTheRunWithAMessage() async throws {
    try folder.writeScenario("transfers")
    // No file may grow beyond 8 KiB, and the signal that would say so is off, so writing fails as on a full disk. With one
    // job no result comes before its turn, so the file that grows is always the same.
    let run = try await run(
      "run", "transfers.yaml", "--runs", "1000000000", "--jobs", "1", "--quiet",
      shell: "trap '' XFSZ; ulimit -f 16")
    #expect(run.status == 3)
    #expect(run.errors.contains("cannot write 'reports/latest/results.jsonl': File too large; what was"))
    #expect(run.errors.contains("with --resume goes on from there"))
  }
}
