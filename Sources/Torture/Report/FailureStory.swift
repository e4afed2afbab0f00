import FaultFS

/// A failure told for a reader: report.txt beside the reproducer, and the end of a campaign.
enum FailureStory {
  /// More operations than this are left to the reproducer.
  private static let operationsToldMax = 40

  /// The lines of report.txt for a reproducer that lies at `path`.
  static func lines(
    _ reproducer: Reproducer, case result: CaseResult, replayCommand: String, path: String
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
        lines.append("  at storage operation \(crash.point) \(place)")
      }
      lines += finding.crashStory.map { "  \($0)" }
    }
    if let trap = finding.trap {
      lines += ["", trap.signal == Trap.timeout ? "Where it was" : "The call stack of the trap"]
      lines += trap.stack.isEmpty ? ["  none was captured"] : trap.stack.map { "  \($0)" }
    }
    if !reproducer.scenario.description.isEmpty {
      lines += ["", "The scenario", "  \(reproducer.scenario.description)"]
    }
    lines += [
      "", "To see it again, with call stacks",
      "  \(replayLine(command: replayCommand, path: path))",
    ]
    return lines.map(SafeName.printable)
  }

  /// The line to copy that replays the reproducer at `path`.
  static func replayLine(command: String, path: String) -> String {
    "\(command) \(ShellWord.quote(path))"
  }
}

/// One word of a shell's command line.
public enum ShellWord {
  /// `text` as a shell takes it for one word: unchanged where that is safe, in single quotes otherwise.
  public static func quote(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy { scalar in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", "/", "+", ",", ":", "@", "%", "=": true
      default: false
      }
    }
    if isPlain && !text.isEmpty { return text }
    return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
