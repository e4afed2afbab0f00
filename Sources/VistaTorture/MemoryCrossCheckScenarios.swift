internal import SeededRandom
package import TortureCore

/// Small random workloads of Vista, for holding exhaustive exploration of memory against every crash state.
package enum MemoryCrossCheckScenarios {
  /// A small scenario, decided by its number: every memory in turn, with flushes and fences that are dropped and without.
  package static func scenario(_ number: Int, recoveryDepth: Int) throws -> Scenario {
    var random = SplitMix64(seed: UInt64(number)).split("memory-cross-check")
    let profiles = DiskOptions.Profile.memories
    let profile = profiles[number % profiles.count]
    let sabotages = ["", "", "", "[{drop: fence, file: '*.seg'}]", "[{drop: flush, file: '*.seg'}]"]
    let sabotage = sabotages[random.below(sabotages.count)]
    // What is never flushed stays open: a few lines already have many states.
    let isSmall = recoveryDepth > 0 || !sabotage.isEmpty
    let text = """
      name: memory-cross-check
      system: {name: \(random.below(3) == 0 && !isSmall ? "vista-heap" : "vista")}
      segments:
        - {name: a.seg, length: 4096}
      workload:
        kind: \(["bytes", "bank"][random.below(2)])
        transactions: \(isSmall ? 2 : 2 + random.below(3))
        objects: 4
        range_length_max: \(8 + random.below(40))
        between: {flush: 0, truncate_step: 0, remap: 3, reopen: 4, none: 60}
        mix: {commit_flush: 4, commit_no_flush: 0, abort: 1}
      disk: {profile: \(profile.rawValue)}
      crash:
        exploration: exhaustive
        executions_per_point: \(recoveryDepth > 0 ? 5000 : 100000)
        recovery_depth: \(recoveryDepth)
        strategies: [random, torn]
        goes_on_transactions: 0
      faults: none
      \(sabotage.isEmpty ? "" : "sabotage: \(sabotage)")
      """
    return try ScenarioReader.read(Array(text.utf8), file: "memory-cross-check.yaml")
  }
}
