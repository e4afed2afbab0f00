import Foundation
import LRVMTorture
import SQLiteStore
import Testing
import TortureSamples
import TortureViews
import VistaTorture

@testable import TortureCore

@Suite struct ShippedScenariosTests {
  /// Those of the shipped command.
  private static let systems = Systems([
    "lrvm": LRVMSystem.self, "vista": VistaSystem.self, "vista-heap": VistaHeapSystem.self,
    "sqlite": SQLiteSystem.self,
  ])

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

  /// Every workload and the heap, on each memory that is explored; and one with what a scenario has by default.
  @Test func thoseOnMemoryRead() throws {
    let scenarios = try Samples.shipped("scenarios/vista").map { try Self.load($0) }
    #expect(scenarios.allSatisfy { $0.expect == .clean })
    let (plain, struck) = (
      scenarios.filter(\.faults.kinds.isEmpty), scenarios.filter { !$0.faults.kinds.isEmpty }
    )
    #expect(plain.allSatisfy { $0.crash.exploration == .exhaustive })
    #expect(struck.map(\.name) == ["vista-defaults"] && struck[0].crash.goesOnTransactions > 0)
    for profile in [DiskOptions.Profile.rio, .adr] {
      let own = scenarios.filter { $0.disk.profile == profile }
      #expect(Set(own.map(\.workload.kind)) == Set(WorkloadOptions.Kind.allCases))
      #expect(Set(own.map(\.system.name)) == ["vista", "vista-heap"])
      #expect(own.contains { $0.segments.count > 1 } && own.contains { $0.workload.clients > 1 })
    }
  }

  @Test func canariesRead() throws {
    let paths = try Samples.shipped("scenarios/canary")
    let scenarios = try paths.map { try Self.load($0) }
    #expect(scenarios.map { $0.name + ".yaml" } == paths.map { URL(fileURLWithPath: $0).lastPathComponent })
    #expect(
      scenarios.allSatisfy { $0.expect == .violation && !$0.description.isEmpty })
    // What is broken in a canary: a call that does nothing, a system that has an option not to sync, or a disk that tears what is durable.
    #expect(
      scenarios.allSatisfy {
        !$0.sabotage.isEmpty || $0.system.values["synchronous"] == .text("off") || $0.disk.pages
      })
    #expect(scenarios.count >= 3)
  }

  @Test func eachStartsWithACommentOfWhatItIsFor() throws {
    for path in try Samples.shipped("scenarios") + Samples.shipped("scenarios/canary") {
      let text = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
      #expect(text.hasPrefix("# "), "\(path)")
    }
  }
}
