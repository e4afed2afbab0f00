/// Why a failure is there: the syncs that are missing, and the disks on which it cannot happen.
public struct Explanation: Codable, Hashable, Sendable {
  /// Whether the failure is there at all; otherwise the rest is empty.
  var isThere: Bool
  /// The syncs each of which closes it by itself.
  var barriers: [MissingBarrier] = []
  /// Why there is none.
  var withoutBarrier = ""
  /// The same operations on every profile that they make sense on.
  var profiles: [ProfileVerdict] = []
  /// The rules each of which makes the reproducer's own disk a safe one.
  var rules: [ProfileVerdict] = []

  /// Explains the failure of `reproducer`. May trap where the system under test does.
  static func of(_ reproducer: Reproducer) -> Explanation {
    let reproducer = reproducer.withOperations()
    let outcome = CrashHunt.run(reproducer, .any, executionsMax: CaseReplayer.executionsMax)
    guard let caught = outcome.caught else { return Explanation(isThere: false) }
    var present = reproducer
    present.finding.violation = caught.violation
    present.finding.crashes = caught.crashes
    var explanation = Explanation(isThere: true)
    switch BarrierSearch.run(present) {
    case .found(let barriers): explanation.barriers = barriers
    case .none(let why): explanation.withoutBarrier = why
    }
    explanation.profiles = ProfileVerdicts.ofProfiles(present)
    explanation.rules = ProfileVerdicts.sufficientRules(present)
    return explanation
  }

  /// The explanation for a reader.
  var lines: [String] {
    guard isThere else { return ["The failure did not come back; there is nothing to explain."] }
    return barrierLines + [""] + profileLines
  }

  private var barrierLines: [String] {
    guard !barriers.isEmpty else { return ["The missing barrier", "  \(withoutBarrier)"] }
    var lines: [String] = []
    for (number, barrier) in barriers.enumerated() {
      if number > 0 { lines.append("") }
      lines.append(number == 0 ? "The missing barrier" : "Or")
      lines.append("  \(barrier.sentence)")
      lines.append("  \(barrier.first.action):")
      lines += barrier.first.stack.map { "      \($0)" }
      lines.append("  \(barrier.second.action):")
      lines += barrier.second.stack.map { "      \($0)" }
      lines.append(
        barrier.isProven
          ? "  With the sync, none of the crash states of the run has the failure."
          : "  With the sync, the failure was not found again; not every crash state was looked at.")
    }
    return lines
  }

  private var profileLines: [String] {
    let width = profiles.map(\.disk.count).max() ?? 0
    var lines = ["The same operations on every profile"]
    for verdict in profiles {
      let name = verdict.disk + String(repeating: " ", count: width - verdict.disk.count)
      let text =
        verdict.violation.map { "unsafe: \($0.rawValue)" }
        ?? (verdict.isComplete ? "safe: every crash state" : "safe in \(verdict.executions) executions")
      lines.append("  \(name)  \(text)")
    }
    lines.append("")
    if rules.isEmpty {
      lines.append("No single rule makes the reproducer's disk a safe one.")
    } else {
      lines.append("The reproducer's disk lacks a rule; any one of these would make it safe:")
      lines += rules.map { "  \($0.disk)\($0.isComplete ? "" : " (not every crash state was looked at)")" }
    }
    return lines
  }
}
