import Foundation
import SystemPackage
import Testing

/// `promote`, the replays before a run, and `replay --against`, as users call them.
@Suite struct RegressionCommandTests {
  private let folder: CommandFolder

  init() throws {
    folder = try CommandFolder()
    try folder.makeFolder("scenarios")
    try folder.writeScenario("transfers", in: "scenarios")
  }

  private func line(_ line: String) async throws -> CommandRun {
    try await CommandRun.line(line, in: folder.path)
  }

  /// A failure of a store that never syncs its log, in `found.json`; without its sabotage, as if the store had been fixed, in `fixed.json`.
  private func makeReproducers() async throws {
    try folder.write(
      "canary.yaml",
      """
      name: unsynced
      segments: [{ name: accounts, length: 4096 }]
      workload: { kind: bank, transactions: 4, objects: 8 }
      crash: { states_per_point: 4, recovery_depth: 0 }
      faults: none
      sabotage: [{ drop: sync, file: log }]
      expect: violation
      """)
    let run = try await line(
      "lrvm-torture run --canary canary.yaml --quiet --out c && cp c/failures/*-1/reproducer.json found.json")
    try #require(run.status == 0, "\(run.output)\(run.errors)")
    let found = try folder.read("found.json")
    var object = try #require(
      try JSONSerialization.jsonObject(with: Data(found.utf8)) as? [String: Any])
    var scenario = try #require(object["scenario"] as? [String: Any])
    scenario["sabotage"] = [[String: Any]]()
    scenario["expect"] = "clean"
    object["scenario"] = scenario
    let text = try JSONSerialization.data(withJSONObject: object)
    try folder.write("fixed.json", String(decoding: text, as: UTF8.self))
  }

  @Test func aFixedFailureIsPromotedAndReplayedFirst() async throws {
    try await makeReproducers()
    let promoted = try await line("lrvm-torture promote fixed.json --name no-sync")
    #expect(promoted.status == 0, "\(promoted.errors)")
    #expect(promoted.output.contains("scenarios/regressions/no-sync.json"))
    let run = try await line("lrvm-torture run scenarios/transfers.yaml --runs 1")
    #expect(run.status == 0, "\(run.output)\(run.errors)")
    #expect(run.output.contains("1 regression replayed: none is back\n"))
    #expect(try folder.read("reports/latest/summary.json").contains("\"replayed\" : 1"))
    let without = try await line("lrvm-torture run --runs 1 --no-regressions")
    #expect(without.status == 0 && !without.output.contains("replayed"))
  }

  @Test func aFailureThatIsBackFailsTheRun() async throws {
    try await makeReproducers()
    try folder.makeFolder("scenarios/regressions")
    try folder.write("scenarios/regressions/back.json", try folder.read("found.json"))
    let run = try await line("lrvm-torture run --runs 1 --quiet")
    #expect(run.status == 1, "\(run.output)\(run.errors)")
    #expect(run.output.contains("regression  back  "))
    #expect(run.output.contains("replay scenarios/regressions/back.json\n"))
    #expect(run.output.contains("1 regression replayed: back: back\n"))
    #expect(try folder.read("reports/latest/summary.json").contains("\"back\""))
  }

  @Test func whatNoLongerAppliesIsRefusedNotPassed() async throws {
    try await makeReproducers()
    try folder.makeFolder("scenarios/regressions")
    let gone = try folder.read("fixed.json").replacing("\"system\":{", with: "\"system\":{\"gone\":1,")
    try folder.write("scenarios/regressions/gone.json", gone)
    for command in ["run --runs 1", "replay scenarios/regressions/gone.json"] {
      let run = try await line("lrvm-torture \(command)")
      #expect(run.status == 64, "\(command): \(run.output)\(run.errors)")
      #expect(run.errors.contains("no longer applies"), "\(run.errors)")
    }
  }

  @Test func nothingIsOverwrittenAndNothingLeavesTheFolder() async throws {
    try await makeReproducers()
    #expect(try await line("lrvm-torture promote fixed.json --name taken").status == 0)
    let before = try folder.read("scenarios/regressions/taken.json")
    for (arguments, words) in [
      ("fixed.json --name taken", "already exists"),
      ("fixed.json --name ../escaped", "cannot name a regression"),
      ("fixed.json --name Capital", "cannot name a regression"),
      ("fixed.json --name ''", "cannot name a regression"),
      ("found.json", "sabotage"),
      ("scenarios/transfers.yaml", "is not a reproducer"),
      ("missing.json", "cannot read"),
    ] {
      let run = try await line("lrvm-torture promote \(arguments)")
      #expect(run.status == 64, "\(arguments): \(run.output)\(run.errors)")
      #expect(run.errors.contains(words), "\(arguments): \(run.errors)")
    }
    #expect(try folder.read("scenarios/regressions/taken.json") == before)
    let files = try FileManager.default.contentsOfDirectory(
      atPath: folder.path.appending("scenarios/regressions").string)
    #expect(files == ["taken.json"])
  }

  // MARK: Other checkouts

  /// A checkout whose program ends with `status`, as if it had been built.
  private func makeCheckout(_ name: String, status: Int) async throws {
    let made = try await line(
      """
      mkdir -p \(name)/.build/release && cd \(name)/.build/release \
      && printf '#!/bin/sh\\ntest "$1" = replay && test -f "$2" && exit \(status)\\n' > lrvm-torture \
      && chmod +x lrvm-torture
      """)
    try #require(made.status == 0)
  }

  @Test func anotherCheckoutAnswersAsBisectingNeedsIt() async throws {
    try await makeReproducers()
    for (status, answer) in [(0, 0), (1, 1), (64, 125), (3, 125)] as [(Int, Int32)] {
      try await makeCheckout("checkout-\(status)", status: status)
      let run = try await line("lrvm-torture replay found.json --against checkout-\(status) --no-build")
      #expect(run.status == answer, "\(status): \(run.output)\(run.errors)")
    }
    try folder.makeFolder("nothing")
    let unbuilt = try await line("lrvm-torture replay found.json --against nothing --no-build")
    #expect(unbuilt.status == 125 && unbuilt.errors.contains("skips it"), "\(unbuilt.errors)")
    let unbuildable = try await line("lrvm-torture replay found.json --against nothing")
    #expect(unbuildable.status == 125, "\(unbuildable.errors)")
    #expect(unbuildable.errors.contains("cannot be built there"), "\(unbuildable.errors)")
    #expect(try await line("lrvm-torture replay found.json --against missing").status == 64)
    #expect(try await line("lrvm-torture replay missing.json --against nothing").status == 64)
  }
}
