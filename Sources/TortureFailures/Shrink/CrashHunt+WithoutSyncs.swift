package import TortureCore

extension CrashHunt {
  /// Looks for anything that is wrong in the run of a case without some of its syncs, with as many crashes in recovery as
  /// the scenario asks for.
  ///
  /// Crashes before the first of them are those of the run as it is, and are left alone.
  package static func run(without removal: SyncRemoval, _ testCase: TestCase, executionsMax: Int) -> Outcome {
    var hunt = CrashHunt(testCase, target: nil, executionsMax: executionsMax)
    hunt.change = .removed(Set(removal.numbers))
    hunt.firstPoint = removal.first
    hunt.depthMax = 1 + testCase.scenario.crash.recoveryDepth
    return hunt.outcome()
  }
}
