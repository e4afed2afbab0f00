import Foundation
import SystemPackage
import Testing

/// A command of a user's own, whose stores trap, hang, and take options.
@Suite struct UserSystemTests {
  private static func scenario(_ name: String, _ system: String, _ rest: String = "") -> String {
    """
    name: \(name)
    system: {\(system)}
    segments: [{name: a, length: 4096}]
    workload: {kind: bytes, transactions: 8, mix: {commit_flush: 1}}
    crash: {points: {sample: 2}, recovery_depth: 0}
    invariants: [workload]
    seeds: {count: 2}
    \(rest)
    faults: none

    """
  }

  private func run(_ text: String, _ options: String = "") async throws -> (CommandRun, CommandFolder) {
    let folder = try CommandFolder()
    try folder.write("s.yaml", text)
    return (try await CommandRun.line("system-fixture run s.yaml \(options)", in: folder.path), folder)
  }

  @Test func aTrapIsAFindingAndTheCampaignGoesOn() async throws {
    let (run, folder) = try await run(Self.scenario("trapping", "name: bad, mood: trap"))
    #expect(run.status == 1)
    let results = try folder.read("reports/latest/results.jsonl").split(separator: "\n")
    #expect(results.count == 2)
    #expect(results.allSatisfy { $0.contains(#""verdict":"trapped""#) })
    let failures = try FileManager.default.contentsOfDirectory(
      atPath: folder.path.appending("reports/latest/failures").string)
    let name = try #require(failures.sorted().first)
    let report = try folder.read("reports/latest/failures/\(name)/report.txt")
    #expect(report.contains("Fatal error: the store has lost patience"))
    #expect(report.contains("BadStore.lose()"))
    #expect(report.contains("Tests/Support/SystemFixture/Main.swift:"))
  }

  @Test func aHangEndsWithItsStackAndTheCampaignGoesOn() async throws {
    let (run, folder) = try await run(Self.scenario("hanging", "name: bad, mood: hang"), "--case-limit 1s")
    #expect(run.status == 3)
    #expect(run.output.contains("hanging seed 1: timed out after 1 s"))
    #expect(run.output.contains("hanging seed 2: timed out after 1 s"))
    let report = try folder.read("reports/latest/failures/hanging-1-SIGALRM/report.txt")
    #expect(report.contains("Where it was"))
    #expect(report.contains("BadStore.lose()"))
  }

  @Test func aPatientStoreDoesNeither() async throws {
    let (run, _) = try await run(Self.scenario("patient", "name: bad, mood: trap, patience: 0"))
    // It keeps nothing, which shows at its first commit.
    #expect(run.status == 1)
    #expect(run.output.contains("memory-diverged"))
  }

  @Test(arguments: [
    ("name: worse", "", "s.yaml:2:16: system.name: expected one of lrvm, bad, found worse"),
    ("name: bad, mood: sad", "", "s.yaml:2:27: system.mood: expected one of calm, trap, hang, found sad"),
    (
      "name: bad, patience: 10", "", "s.yaml:2:31: system.patience: expected an integer from 0 to 9, found 10"
    ),
    (
      "name: bad, temper: 1", "",
      "s.yaml:2:21: unknown key 'temper' in system; expected one of name, mood, patience"
    ),
    (
      "name: bad, truncation: epoch", "",
      "s.yaml:2:21: the key 'truncation' belongs to the system 'lrvm', and this scenario's is 'bad'"
    ),
    ("name: bad", "log: {sector: 512}", "s.yaml:8:1: the key 'log' belongs to the system 'lrvm'"),
    ("name: lrvm, mood: calm", "", "s.yaml:2:22: the key 'mood' belongs to the system 'bad'"),
  ])
  func whatIsWrongIsSaidAtItsLine(system: String, rest: String, problem: String) async throws {
    let (run, _) = try await run(Self.scenario("wrong", system, rest))
    #expect(run.status == 64)
    #expect(run.errors.contains(problem), "\(run.errors)")
  }

  @Test func aScenarioOfAnotherProgramsSystemIsRefused() async throws {
    let folder = try CommandFolder()
    try folder.write("s.yaml", Self.scenario("foreign", "name: bad"))
    let run = try await CommandRun.line("lrvm-torture run s.yaml", in: folder.path)
    #expect(run.status == 64)
    #expect(run.errors.contains("system.name: expected"), "\(run.errors)")
  }

  @Test func theCommandIsNamedAsItIsCalled() async throws {
    let folder = try CommandFolder()
    let help = try await CommandRun.line("system-fixture --help", in: folder.path)
    #expect(help.output.contains("USAGE: system-fixture <subcommand>"))
    let schema = try await CommandRun.line("system-fixture schema", in: folder.path)
    #expect(schema.output.contains("What it does when its patience ends."))
    #expect(schema.output.contains("How the log is truncated."))
  }
}
