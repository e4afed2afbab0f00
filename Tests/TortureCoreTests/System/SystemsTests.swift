import Foundation
import LRVMTorture
import Storage
import Testing
import TextFiles
import TortureSamples
import TortureViews

@testable import TortureCore

/// A store with options of each kind and traits of its own.
private final class OptionedStore: SystemUnderTest {
  static let options: [SystemOption] = [
    .integer("batch", 1...8, default: 4, "How many."), .number("share", 0...1, default: 0.5, "How much."),
    .boolean("eager", default: false, "Whether."),
    .choice("mode", of: ["slow", "fast"], default: "slow", "How."),
  ]

  static func traits(for scenario: Scenario) -> SystemTraits {
    let isFast = scenario.system.text("mode") == "fast"
    return SystemTraits(clientsMax: isFast ? 2 : 1, commitsWithoutFlush: isFast)
  }

  static func create(on storage: any Storage, for scenario: Scenario) {}
  static func open(on storage: any Storage, for scenario: Scenario) -> OptionedStore { OptionedStore() }
  func perform(_ operation: TortureCore.Operation) {}
  func readSegments(_ body: (_ segment: Int, _ bytes: RawSpan) -> Void) {}
}

@Suite struct SystemsTests {
  private static let systems = Systems([
    "lrvm": LRVMSystem.self, "optioned": OptionedStore.self,
  ])

  private static func read(_ system: String, _ rest: String = "") throws(ScenarioProblems) -> Scenario {
    try ScenarioReader.read(
      Array("\(Samples.small)system: {name: optioned\(system)}\n\(rest)".utf8), file: "s.yaml",
      systems: systems)
  }

  private static func problems(_ system: String, _ rest: String = "") -> [String] {
    do {
      _ = try read(system, rest)
      return []
    } catch {
      return error.problems.map(\.description)
    }
  }

  @Test func optionsHaveTheirDefaultsOrWhatTheScenarioSays() throws {
    let left = try Self.read("").system
    #expect(left.integer("batch") == 4 && left.number("share") == 0.5)
    #expect(!left.boolean("eager") && left.text("mode") == "slow")
    let given = try Self.read(", batch: 7, share: 1, eager: true, mode: fast").system
    #expect(given.integer("batch") == 7 && given.number("share") == 1)
    #expect(given.boolean("eager") && given.text("mode") == "fast")
  }

  /// A reproducer keeps the scenario as JSON, which has to read back as the same one.
  @Test func aScenarioSurvivesJSON() throws {
    for system in ["", ", batch: 7, share: 1, eager: true, mode: fast"] {
      let scenario = try Self.read(system)
      let text = try JSONText.line(scenario)
      #expect(try JSONText.decode(Scenario.self, from: text) == scenario)
      #expect(try ScenarioReader.read(Array(text.utf8), file: "s.json", systems: Self.systems) == scenario)
      #expect(!text.contains("\"log\""))
    }
  }

  @Test func whatNobodyAskedForIsNotWrong() throws {
    #expect(
      try Self.read("").workload.mix == EndingWeights(commitFlush: 50, commitNoFlush: 0, abort: 10, drop: 5))
    #expect(try Self.read(", mode: fast").workload.mix.commitNoFlush == 30)
  }

  @Test func whatTheSystemCannotDoIsSaidAtItsLine() {
    let text = Samples.small + "  clients: 2\n  mix: {commit_flush: 1, commit_no_flush: 2}\n"
    func problems(_ mode: String) -> [String] {
      do {
        _ = try ScenarioReader.read(
          Array((text + "system: {name: optioned, mode: \(mode)}\n").utf8), file: "s.yaml",
          systems: Self.systems)
        return []
      } catch {
        return error.problems.map(\.description)
      }
    }
    #expect(
      problems("slow") == [
        "s.yaml:6:12: workload.clients: expected 1, since the system 'optioned' has no more transactions open at "
          + "the same time, found 2",
        "s.yaml:7:43: workload.mix.commit_no_flush: expected 0, since every commit of the system 'optioned' is "
          + "durable when it returns, found 2",
      ])
    #expect(problems("fast").isEmpty)
  }

  @Test func aSegmentMayBeNamedLikeTheLogThatOnlyLRVMHas() throws {
    let text = Samples.small.replacing("data.seg", with: "log")
    #expect(Samples.problems(text).count == 1)
    _ = try ScenarioReader.read(
      Array((text + "system: {name: optioned}\n").utf8), file: "s.yaml", systems: Self.systems)
  }

  @Test(arguments: [
    (", batch: 9", "6:33: system.batch: expected an integer from 1 to 8, found 9"),
    (", batch: 1.5", "6:33: system.batch: expected an integer from 1 to 8, found 1.5"),
    (", share: 2", "6:33: system.share: expected a number from 0.0 to 1.0, found 2"),
    (", eager: yes", "6:33: system.eager: expected true or false, found yes"),
    (", mode: [slow]", "6:32: system.mode: expected one of slow, fast, found a list of 1 item"),
    (", spool_limit: 1", "6:26: the key 'spool_limit' belongs to the system 'lrvm'"),
  ])
  func badOptions(system: String, expected: String) {
    let problems = Self.problems(system)
    #expect(problems.count == 1)
    #expect(problems.first?.hasPrefix("s.yaml:\(expected)") == true, "\(problems)")
  }

  @Test func anUnknownSystemNamesTheKnownOnes() {
    do {
      _ = try ScenarioReader.read(
        Array(
          (Samples.small + "system: {name: option, batch: 2, truncation: epoch}\nlog: {sector: 512}\n").utf8),
        file: "s.yaml", systems: Self.systems)
      Issue.record("it was read")
    } catch {
      #expect(
        error.problems.map(\.description) == [
          "s.yaml:6:16: system.name: expected one of lrvm, optioned, found option"
        ])
    }
  }

  @Test func namesAreInOrderAndFound() {
    #expect(Self.systems.names == ["lrvm", "optioned"])
    #expect(Self.systems["optioned"] == OptionedStore.self)
    #expect(Self.systems["lrvm"] == LRVMSystem.self)
    #expect(Self.systems["Optioned"] == nil)
  }

  @Test func wrongDeclarationsTrap() async {
    await #expect(processExitsWith: .failure) { _ = Systems(["a": LRVMSystem.self, "a": LRVMSystem.self]) }
    await #expect(processExitsWith: .failure) { _ = SystemOption.integer("n", 0...1, default: 2, "N.") }
  }

  @Test func theSchemaHasAnAlternativeForEachSystem() throws {
    let text = ScenarioSchema.text(systems: Self.systems)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let properties = try #require(object["properties"] as? [String: [String: Any]])
    let alternatives = try #require(properties["system"]?["oneOf"] as? [[String: Any]])
    let keys = alternatives.map { Set(($0["properties"] as? [String: Any] ?? [:]).keys) }
    #expect(keys.count == 2 && keys[0].contains("truncation"))
    #expect(keys[1] == ["name", "batch", "share", "eager", "mode"])
    #expect(alternatives[1]["required"] as? [String] == ["name"])
    #expect(alternatives[0]["required"] == nil)
  }
}
