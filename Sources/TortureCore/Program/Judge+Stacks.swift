package import FaultFS

extension Judge {
  /// Where a program's checker makes its calls after a crash: it runs on that state once more, traced.
  ///
  /// - Parameter fault: strikes the first of two runs.
  /// - Returns: nil for a system in this process.
  package func stacksOfChecker(
    _ window: CrashWindow, showing state: CrashState, _ terms: Terms, _ fault: Fault?
  ) -> ProgramStacks? {
    guard testCase.program != nil else { return nil }
    return window.withDisk(showing: state) { disk in
      ProgramStacks(ofCheckerOn: disk) { trace in
        var judge = self
        judge.trace = trace
        _ = judge.recover(disk, terms, struckFirstBy: fault, opens: false)
      }
    }
  }
}
