import FaultFS

/// What failures of one cause have in common, however differently they look: the kind of the violation, the call stacks of
/// what has to be lost for it, and the sync that closes it, where one does within a small budget.
///
/// Crash states of one bug differ in what else they lost. So each cell that the failure does not need is given back first.
/// Numbers and places in files are left out of the stacks: they change with every edit.
public struct FailureCause: Codable, Hashable, Sendable {
  /// The kind of the violation, and how many crashes follow one another.
  var kind: Violation.Kind
  var crashes: Int
  /// Of each operation whose effect has to be lost, what it was and where it was called, each once, sorted.
  var losses: [String]
  /// The sync that closes it, in a sentence without numbers; empty where none is known.
  var missing: String
  /// The same sentence with its numbers, for a reader; empty where none is known.
  var sentence: String

  /// What tells failures of one cause from others.
  var key: [String] { [kind.rawValue, "\(crashes)", missing] + losses }

  /// How many executions giving back what is not needed may take, how many the search for the sync may take at one place,
  /// and at how many places.
  private static let executionsMax = 400
  private static let executionsPerPlace = 200
  private static let placesMax = 12

  /// The cause of a failure that needs a crash; nil where it has none, or did not come back. May trap where the system under
  /// test does.
  static func of(_ reproducer: Reproducer) -> FailureCause? {
    let reproducer = reproducer.withOperations()
    guard reproducer.finding.violation != nil, !reproducer.finding.crashes.isEmpty else { return nil }
    let outcome = CrashHunt.run(reproducer, .leastLost, executionsMax: executionsMax)
    guard let caught = outcome.caught, let crash = caught.crashes.first else { return nil }
    var present = reproducer
    present.finding.violation = caught.violation
    present.finding.crashes = caught.crashes
    var cause = FailureCause(
      kind: caught.violation.kind, crashes: caught.crashes.count, losses: [], missing: "", sentence: "")
    let witness = CaseWitness()
    let recording = Recording(reproducer.testCase, faults: reproducer.finding.faults, witness: witness)
    let window = CrashWindow(over: recording.disk)
    window.advance(to: crash.point)
    let losses = CrashStory.losses(window, crash).map { loss in
      let stack = (loss.operation.witness.map { witness.lines($0) } ?? []).prefix {
        !$0.contains(" at Sources/Torture/")
      }
      return ([CrashStory.describe(loss.operation)] + stack).map(FailureSignature.normalised).joined(
        separator: "\n")
    }
    cause.losses = Set(losses).sorted()
    if case .found(let barriers) = BarrierSearch.run(
      present, executionsPerPlace: executionsPerPlace, placesMax: placesMax),
      let barrier = barriers.first
    {
      cause.sentence = barrier.sentence
      cause.missing = FailureSignature.normalised(barrier.remedy + " before " + barrier.second.action)
    }
    return cause
  }
}
