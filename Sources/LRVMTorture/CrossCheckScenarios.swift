import SeededRandom
package import TortureCore

/// Small random workloads of LRVM, for holding exhaustive exploration against every crash state.
package enum CrossCheckScenarios {
  /// A small scenario, decided by its number: every profile in turn, with sectors that tear and that do not.
  package static func scenario(_ number: Int, recoveryDepth: Int) throws -> Scenario {
    var random = SplitMix64(seed: UInt64(number)).split("cross-check")
    let profiles = DiskOptions.Profile.disks
    let profile = profiles[number % profiles.count]
    let sabotages = ["", "", "", "[{drop: sync, file: 'log'}]", "[{drop: sync, file: '*.seg'}]"]
    let sabotage = sabotages[random.below(sabotages.count)]
    // What is never synced stays open: few sectors already have many states.
    let isSmall = recoveryDepth > 0 || !sabotage.isEmpty
    let tears = !isSmall && number / profiles.count % 3 == 0
    let text = """
      name: cross-check
      system:
        truncation: \(random.below(2) == 0 ? "epoch" : "incremental")
        truncation_threshold: \(["0.3", "0.5", "0.8"][random.below(3)])
        spool_limit: \(400 + random.below(600))
      log: {record_sectors: \(isSmall ? 5 : 4 + random.below(5)), status_length: 512}
      segments:
        - {name: a.seg, length: 4096}
      workload:
        kind: \(["bytes", "bank"][random.below(2)])
        transactions: \(isSmall ? 2 : 2 + random.below(4))
        objects: 4
        range_length_max: \(50 + random.below(400))
        between: {flush: 10, truncate_step: 20, remap: 3, reopen: 4, none: 60}
        mix: {commit_flush: 4, commit_no_flush: 4, abort: 1}
      disk: {profile: \(profile.rawValue), tearing: \(tears ? "by_profile" : "none")}
      crash:
        exploration: exhaustive
        executions_per_point: 100000
        recovery_depth: \(recoveryDepth)
        strategies: [random, torn]
        goes_on_transactions: 0
      faults: none
      \(sabotage.isEmpty ? "" : "sabotage: \(sabotage)")
      """
    return try ScenarioReader.read(Array(text.utf8), file: "cross-check.yaml")
  }
}
