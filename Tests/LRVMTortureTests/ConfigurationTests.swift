import FaultFS
import Foundation
import ProgramTorture
import Testing
import TortureSamples

@testable import LRVMTorture
@testable import TortureCore

/// The choices that users of LRVM have, and what the shipped scenarios do to each: docs/configurations.md.
///
/// With `LRVM_TORTURE_WRITE_REFERENCE=1` in the environment the test writes the tables instead of comparing them.
@Suite struct ConfigurationTests {
  /// A choice, and what was chosen.
  private struct Choice: Hashable {
    var name: String
    var value: String
    var text: String { "\(name): \(value)" }
  }

  private static let choices = [
    Choice(name: "writes", value: "buffered"), Choice(name: "writes", value: "durable"),
    Choice(name: "truncation", value: "epoch"), Choice(name: "truncation", value: "incremental"),
    Choice(name: "truncation runs", value: "in steps"),
    Choice(name: "truncation runs", value: "on its thread"),
    Choice(name: "mapping", value: "copying"), Choice(name: "mapping", value: "on demand"),
    Choice(name: "optimizations", value: "on"), Choice(name: "optimizations", value: "off"),
    Choice(name: "log sector", value: "512"), Choice(name: "log sector", value: "4096"),
    Choice(name: "regions", value: "whole segments"), Choice(name: "regions", value: "parts"),
    Choice(name: "checked", value: "yes"), Choice(name: "checked", value: "no"),
    Choice(name: "clients", value: "one thread"), Choice(name: "clients", value: "threads"),
  ]

  private static let treatments =
    ["crash", "in recovery"] + Fault.Kind.allCases.filter { $0.flaw(onDisk: .posix) }.map(\.rawValue) + [
      "goes on"
    ]

  private static func choices(of scenario: Scenario) -> [Choice] {
    let system = scenario.system
    let threads = scenario.threads.count
    let values = [
      system.writesLogDurably ? "durable" : "buffered", system.truncation.rawValue,
      threads > 0 ? "on its thread" : "in steps", system.mapsOnDemand ? "on demand" : "copying",
      system.optimizations ? "on" : "off", "\(scenario.log.sector)",
      system.regions > 1 || threads > 1 ? "parts" : "whole segments", system.checked ? "yes" : "no",
      threads > 1 ? "threads" : "one thread",
    ]
    var names: [String] = []
    for choice in choices where !names.contains(choice.name) { names.append(choice.name) }
    return zip(names, values).map { Choice(name: $0, value: $1) }
  }

  private static func treatments(of scenario: Scenario) -> [String] {
    var all = ["crash"]
    if scenario.crash.recoveryDepth > 0 { all.append("in recovery") }
    all += scenario.faults.kinds.map(\.rawValue)
    if !scenario.faults.kinds.isEmpty && scenario.faults.afterError != .reopen { all.append("goes on") }
    return all
  }

  /// LRVM, and what mounts file systems of the kernel.
  private static let systems = Systems(["lrvm": LRVMSystem.self, "program": ProgramSystem.self])

  /// The shipped scenarios of LRVM, by name; those of other stores are left out.
  private static func scenarios() throws -> [Scenario] {
    Samples.registerSystems()
    return try ["scenarios", "scenarios/threads", "scenarios/faults", "scenarios/filesystems"].flatMap {
      folder in
      try Samples.shipped(folder).compactMap { path in
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        let text = String(decoding: bytes, as: UTF8.self)
        let isOfAnother = text.contains("\nprogram:") || text.contains("system: {name:")
        return isOfAnother ? nil : try ScenarioReader.read(bytes, file: path, systems: systems)
      }
    }.sorted { $0.name < $1.name }
  }

  /// What cannot be, by choice.
  private static func isPossible(_ choice: Choice, _ treatment: String) -> Bool {
    switch choice.value {
    case "on demand": treatment == "crash"
    case "threads", "on its thread": treatment != Fault.Kind.kill.rawValue
    default: true
    }
  }

  private static func isPossible(_ one: Choice, _ other: Choice) -> Bool {
    let values = Set([one.value, other.value])
    // In one process on a real file system, whose disk takes no direct writes of its own; and threads drive no truncation.
    if values.contains("on demand") {
      return values.isDisjoint(with: ["threads", "on its thread", "durable"])
    }
    return values != ["threads", "in steps"] && values != ["threads", "whole segments"]
  }

  @Test func everyChoiceMeetsWhatIsDoneToIt() throws {
    let scenarios = try Self.scenarios()
    var names: [[String]: [String]] = [:]
    for scenario in scenarios {
      for choice in Self.choices(of: scenario) {
        for treatment in Self.treatments(of: scenario) {
          names[[choice.text, treatment], default: []].append(scenario.name)
        }
      }
    }
    var rows = ["| | " + Self.treatments.joined(separator: " | ") + " |"]
    rows.append("|---" + String(repeating: "|---", count: Self.treatments.count) + "|")
    for choice in Self.choices {
      let cells = Self.treatments.map { treatment in
        let found = names[[choice.text, treatment]] ?? []
        #expect(found.isEmpty != Self.isPossible(choice, treatment), "\(choice.text), \(treatment)")
        return Self.cell(found)
      }
      rows.append("| \(choice.text) | " + cells.joined(separator: " | ") + " |")
    }
    try Self.compare("treatments", rows)
  }

  @Test func everyTwoChoicesMeet() throws {
    let scenarios = try Self.scenarios()
    var rows = ["| one | other | scenarios |", "|---|---|---|"]
    for (place, one) in Self.choices.enumerated() {
      for other in Self.choices[(place + 1)...] where other.name != one.name {
        let found = scenarios.filter {
          let choices = Self.choices(of: $0)
          return choices.contains(one) && choices.contains(other)
        }
        #expect(found.isEmpty != Self.isPossible(one, other), "\(one.text), \(other.text)")
        if !found.isEmpty { rows.append("| \(one.text) | \(other.text) | \(Self.cell(found.map(\.name))) |") }
      }
    }
    try Self.compare("pairs", rows)
  }

  private static func cell(_ names: [String]) -> String {
    guard let first = names.first else { return "–" }
    return names.count == 1 ? "`\(first)`" : "`\(first)` + \(names.count - 1)"
  }

  private static func compare(_ table: String, _ rows: [String]) throws {
    let file = Samples.package.appending(path: "docs/configurations.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    let start = try #require(text.firstRange(of: "<!-- \(table): begin -->\n")).upperBound
    let end = try #require(text.firstRange(of: "<!-- \(table): end -->")).lowerBound
    let new = rows.joined(separator: "\n") + "\n"
    if ProcessInfo.processInfo.environment["LRVM_TORTURE_WRITE_REFERENCE"] == "1" {
      try Data((text[..<start] + new + text[end...]).utf8).write(to: file)
    } else {
      #expect(text[start..<end] == new)
    }
  }
}

extension Fault.Kind {
  fileprivate func flaw(onDisk profile: Profile) -> Bool {
    Fault(self, at: .call(1)).flaw(on: profile) == nil
  }
}
