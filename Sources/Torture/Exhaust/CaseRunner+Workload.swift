extension CaseRunner {
  /// Runs one case whose operations are given instead of drawn: the seed decides the rest. May trap where the system
  /// under test does.
  public static func run(_ scenario: Scenario, seed: UInt64, workload: Workload) -> CaseResult {
    var explorer = Explorer(TestCase(scenario, seed: seed, workload: workload))
    explorer.run()
    return explorer.result
  }
}
