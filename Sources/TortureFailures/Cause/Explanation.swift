package import TortureCore

/// Why a failure is there: the syncs that are missing, and the disks on which it cannot happen.
package struct Explanation: Codable, Hashable, Sendable {
  /// Whether the failure is there at all; otherwise the rest is empty.
  package var isThere: Bool
  /// The syncs each of which closes it by itself.
  package var barriers: [MissingBarrier] = []
  /// Where none does: syncs that close it together, and only all of them.
  package var together: [MissingBarrier] = []
  /// Why there are none; nil where there are some, or the failure is not there.
  package var withoutBarrier: BarrierSearch.Refusal?
  /// Why the places have no call stacks, where a program could not be traced; else nil.
  package var missingStacks: MissingStacks?
  /// The same operations on every profile that they make sense on.
  package var profiles: [ProfileVerdict] = []
  /// The rules each of which makes the reproducer's own disk a safe one, in the order of `DiskRule`: the first says how strange
  /// a disk has to be for the failure.
  package var rules: [ProfileVerdict] = []

  /// Explains the failure of `reproducer`. May trap where the system under test does.
  package static func of(_ reproducer: Reproducer) -> Explanation {
    let reproducer = reproducer.withOperations()
    let outcome = CrashHunt.run(reproducer, .any, executionsMax: CaseReplayer.executionsMax)
    guard let caught = outcome.caught else { return Explanation(isThere: false) }
    var present = reproducer
    present.finding.violation = caught.violation
    present.finding.crashes = caught.crashes
    var explanation = Explanation(isThere: true)
    switch BarrierSearch.run(present, lacking: { explanation.missingStacks = $0 }) {
    case .found(let barriers): explanation.barriers = barriers
    case .together(let barriers): explanation.together = barriers
    case .none(let refusal): explanation.withoutBarrier = refusal
    }
    explanation.profiles = ProfileVerdicts.ofProfiles(present)
    explanation.rules = ProfileVerdicts.sufficientRules(present)
    return explanation
  }
}
