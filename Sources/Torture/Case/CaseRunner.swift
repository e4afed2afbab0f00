/// Runs cases: from a scenario and a seed to a result, without a look at anything else.
///
/// The same scenario and seed give equal results, in any process, at any time.
public enum CaseRunner {
  /// Runs one case. May trap where the system under test does.
  public static func run(_ scenario: Scenario, seed: UInt64) -> CaseResult {
    var explorer = Explorer(TestCase(scenario, seed: seed))
    explorer.explore()
    return explorer.result
  }
}
