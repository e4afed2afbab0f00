import FaultFS
import SystemPackage
import TextFiles
package import TortureCampaign
import TortureCore
import TortureFailures

/// What a shrink came to, in words. The last lines replay what it left.
package enum ShrinkText {
  package static func lines(_ run: ShrinkRun, _ ending: ShrinkRun.Ending, program: String) -> [String] {
    if case .withoutFailure = ending {
      return ["There is nothing to shrink: the failure did not come back."]
    }
    let best = run.best
    let progress = run.progress
    let operations = best.operations ?? []
    let crashes = best.finding.crashes
    let lost = crashes.reduce(0) { $0 + $1.deviations.count }
    var lines = [
      "\(run.isTakenUp ? "Continued: from" : "From") \(Figure.count(progress.originalOperations, "operation")) to "
        + "\(operations.count) (transactions and what lies between them: \(WorkloadUnits.count(operations))), "
        + "\(Figure.count(crashes.count, "crash", "crashes")), \(Figure.count(lost, "cell")) lost; "
        + "\(Figure.grouped(progress.tried)) tried, \(Figure.count(progress.executions, "execution"))."
    ]
    switch ending {
    case .interrupted:
      lines.append("Interrupted: this is the best so far. The same command goes on from here.")
    case .timeIsUp: lines.append("Time is up: this is the best so far. The same command goes on from here.")
    case .finished where progress.isCapped:
      lines.append(
        "The budget of \(Figure.count(progress.executionsMax, "execution")) is spent: this is the best so far."
      )
    case .finished: lines.append("Nothing more can be left out.")
    case .withoutFailure: break
    }
    lines += ["", best.finding.summary, ""]
    lines += operations.enumerated().map { "  \($0 + 1). \($1)" }
    lines += best.finding.faults.map { "  fault: \($0.text)" }
    for (depth, crash) in crashes.enumerated() {
      let place = depth == 0 ? "" : depth == 1 ? " of recovery" : " of recovery \(depth)"
      lines.append("  power is cut at storage call \(crash.point)\(place)")
      let isLast = depth == crashes.count - 1
      let losses = progress.losses.flatMap { $0.indices.contains(depth) ? $0[depth] : nil }
      lines += (losses ?? (isLast ? best.finding.losses : [])).map { "    \($0.text)" }
      if depth == 0, let fault = best.finding.recoveryFault {
        lines.append("  fault in recovery: \(fault.text)")
      }
    }
    return lines + ["", replayLine(run, program: program)]
  }

  /// The line to copy that replays the smaller reproducer.
  package static func replayLine(_ run: ShrinkRun, program: String) -> String {
    "\(ShellWord.quote(program)) replay \(ShellWord.quote(run.path.string))"
  }
}
