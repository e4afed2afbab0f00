package import TortureCore

/// Scenarios for tests of exhaustive workloads.
package enum ExhaustSamples {
  package static func scenario(
    clients: Int = 1, truncation: String = "epoch", optimizations: Bool = true, sabotage: String = "",
    description: String = "", crash: String = "{states_per_point: 4, recovery_depth: 0}"
  ) throws -> Scenario {
    try Samples.read(
      """
      name: tiny
      description: "\(description)"
      system:
        truncation: \(truncation)
        truncation_threshold: 0.25
        truncation_steps_per_operation: 0
        spool_limit: 1024
        optimizations: \(optimizations)
      log: {record_sectors: 4}
      segments: [{name: data.seg, length: 4096}]
      workload: {kind: bytes, clients: \(clients)}
      crash: \(crash)
      sabotage: [\(sabotage)]
      """)
  }
}
