/// Runs cases: from a scenario and a seed to a result, without a look at anything else.
///
/// The same scenario and seed give equal results, in any process, at any time.
public enum CaseRunner {
  /// Runs one case. May trap where the system under test does.
  ///
  /// - Parameter cores: how many processes may run the checkers of a program at a time; the result is the same with any number.
  public static func run(_ scenario: Scenario, seed: UInt64, cores: Int = 1) -> CaseResult {
    var explorer = Explorer(TestCase(scenario, seed: seed), cores: cores)
    explorer.explore()
    return explorer.result
  }
}
