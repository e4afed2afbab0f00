extension CaseRunner {
  /// Runs one case whose operations are given instead of drawn: the seed decides the rest. May trap where the system
  /// under test does.
  ///
  /// - Parameter crashesInLastOnly: whether power is cut in and after the last operation only, because shorter
  ///   workloads have been explored at the points before.
  public static func run(
    _ scenario: Scenario, seed: UInt64, workload: Workload, crashesInLastOnly: Bool
  ) -> CaseResult {
    var explorer = Explorer(
      TestCase(scenario, seed: seed, workload: workload, crashesInLastOnly: crashesInLastOnly))
    explorer.explore()
    return explorer.result
  }
}
