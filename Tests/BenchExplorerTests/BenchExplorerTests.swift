import Foundation
import Testing
import TortureSamples

@testable import bench_explorer

@Suite struct BenchExplorerTests {
  init() { Samples.registerSystems() }

  @Test func reportHasTheFieldsThatReadersExpect() throws {
    let benchmark = Benchmark(
      sizes: [(4, 8)], jobs: [1, 2], batches: [24], schedulesMax: 20, memories: ["rio"], seconds: 0.001,
      repetitions: 1,
      operations: [50]
    ) { request, jobs in
      try (0..<jobs).map { _ in try Worker(request).measure() }
    }
    var lines: [String] = []
    let report = try benchmark.run { lines.append($0) }
    #expect(lines.count >= 6)
    let json = try #require(
      try JSONSerialization.jsonObject(with: try report.json()) as? [String: Any])
    let rows = try #require(json["rows"] as? [[String: Any]])
    #expect(rows.compactMap { $0["jobs"] as? Int } == [1, 2])
    for row in rows {
      #expect(row["log_kib"] as? Int == 4)
      #expect(row["segment_kib"] as? Int == 8)
      for key in ["states_per_second", "floor_states_per_second"] {
        #expect(try #require(row[key] as? Double) > 0)
      }
    }
    let growth = try #require((json["growth"] as? [[String: Any]])?.first)
    let executed = try #require(growth["executed"] as? Int)
    let coveredDigits = try #require(growth["covered"] as? String)
    let covered = try #require(Int(coveredDigits))
    #expect(executed > 0 && covered >= executed)
    #expect(try #require(growth["operations"] as? Int) > 0)
    #expect(growth["seconds"] as? Double != nil)
    let batch = try #require((json["batches"] as? [[String: Any]])?.first)
    #expect(batch["sectors"] as? Int == 24)
    #expect(batch["covered"] as? String == "\(1 << 24)")
    for key in ["executed", "executed_with_tears"] {
      let executed = try #require(batch[key] as? Int)
      #expect(executed >= 24 && executed <= 20 * 24)
    }
    let memory = try #require((json["memory"] as? [[String: Any]])?.first)
    #expect(memory["profile"] as? String == "rio")
    #expect(try #require(memory["executed"] as? Int) > 0)
    #expect(try #require(memory["states_per_processor_second"] as? Double) > 0)
    let threads = try #require((json["threads"] as? [[String: Any]])?.first)
    #expect(threads["schedules"] as? Int == 20)
    for key in ["decisions_per_second", "states_per_second"] {
      #expect(try #require(threads[key] as? Double) > 0)
    }
    #expect(try #require(json["peak_memory_mib"] as? Double) > 0)
  }

  @Test func everyStateOfARecordedRunRecoversToACommittedPrefix() throws {
    let run = try RecordedRun(logSectors: 8, segmentLength: 8192)
    #expect(run.states.count > 1)
    #expect(try run.recoverAll() == run.states.count)
    #expect(try CopyingFloor(run, logSectors: 8).recoverAll() == run.states.count)
  }
}
