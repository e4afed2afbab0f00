import FaultFS
import TextFiles
package import TortureCore
package import TortureFailures

/// A failure in words: report.txt beside the reproducer, and the end of a campaign.
package enum FailureStory {
  /// More operations than this are left to the reproducer.
  private static let operationsToldMax = 40

  /// The lines of report.txt for a reproducer that `replayLine` replays.
  @Sendable package static func lines(
    _ reproducer: Reproducer, case result: CaseResult, replayLine: String
  ) -> [String] {
    let finding = reproducer.finding
    var lines = [
      "What    \(finding.summary)",
      "Where   scenario \(reproducer.scenario.name), seed \(reproducer.seed)",
    ]
    if !finding.strategy.isEmpty {
      lines.append(
        "When    crash state \(finding.afterCrashStates) of \(result.crashStates) of the case, "
          + "chosen by \(finding.strategy)")
    }
    if result.violationCount > 1 {
      lines.append("Others  the case has \(result.violationCount) violations in all; this is one of them")
    }
    if let operations = reproducer.operations, operations.count <= operationsToldMax {
      lines += ["", "The operations"] + operations.enumerated().map { "  \($0 + 1). \($1)" }
    }
    if !finding.crashes.isEmpty {
      lines += ["", "The power cuts"]
      for (depth, crash) in finding.crashes.enumerated() {
        let place = depth == 0 ? "of the workload" : "of recovery \(depth)"
        lines.append("  at storage call \(crash.point) \(place)")
      }
      lines += finding.losses.map { "  \($0.text)" }
    }
    if let trap = finding.trap {
      lines += ["", trap.signal == Trap.timeout ? "Where it was" : "The call stack of the trap"]
      lines += trap.stack.isEmpty ? ["  none was captured"] : trap.stack.map { "  \($0.text)" }
    }
    if !reproducer.scenario.description.isEmpty {
      lines += ["", "The scenario", "  \(reproducer.scenario.description)"]
    }
    lines += ["", "To see it again, with call stacks", "  \(replayLine)"]
    return lines.map(SafeName.printable)
  }
}
