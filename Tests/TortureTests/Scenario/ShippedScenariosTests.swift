import Foundation
import SQLiteStore
import Testing

@testable import Torture

@Suite struct ShippedScenariosTests {
  /// Those of the shipped command.
  private static let systems = Systems(["sqlite": SQLiteSystem.self])

  private static func load(_ path: String) throws -> Scenario {
    try ScenarioReader.read(
      Array(try Data(contentsOf: URL(fileURLWithPath: path))), file: path, systems: systems)
  }

  @Test func cleanOnesRead() throws {
    let paths = try Samples.shipped("scenarios")
    let scenarios = try paths.map { try Self.load($0) }
    #expect(scenarios.map { $0.name + ".yaml" } == paths.map { URL(fileURLWithPath: $0).lastPathComponent })
    #expect(scenarios.allSatisfy { $0.expect == .clean && $0.sabotage.isEmpty && !$0.description.isEmpty })
    #expect(Set(scenarios.map(\.workload.kind)) == Set(WorkloadOptions.Kind.allCases))
    for name in ["wrap", "reopen", "clients", "recovery"] {
      #expect(scenarios.contains { $0.name == name })
    }
  }

  @Test func canariesRead() throws {
    let paths = try Samples.shipped("scenarios/canary")
    let scenarios = try paths.map { try Self.load($0) }
    #expect(scenarios.map { $0.name + ".yaml" } == paths.map { URL(fileURLWithPath: $0).lastPathComponent })
    #expect(
      scenarios.allSatisfy { $0.expect == .violation && !$0.description.isEmpty })
    // What is broken in a canary: a call that does nothing, or a system that is told not to sync.
    #expect(scenarios.allSatisfy { !$0.sabotage.isEmpty || $0.system.values["synchronous"] == .text("off") })
    #expect(scenarios.count >= 3)
  }

  @Test func eachStartsWithACommentOfWhatItIsFor() throws {
    for path in try Samples.shipped("scenarios") + Samples.shipped("scenarios/canary") {
      let text = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
      #expect(text.hasPrefix("# "), "\(path)")
    }
  }
}
