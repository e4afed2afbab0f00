import FaultFS
import TortureCore

/// What failures of one cause have in common, however differently they look: the sync that closes them, where a small
/// search finds one; else the kind of the violation and the call stacks of what has to be lost for it.
///
/// A sync that is missing after a write shows as a lost commit where power fails at once, and as a torn state where later
/// writes overtake the first: so the sync is identified by what it has to cover, and neither by what must wait for it nor by what
/// went wrong.
///
/// Crash states of one bug differ in what else they lost. So each cell that the failure does not need is given back first.
/// Numbers and places in files are left out of the stacks: they change with every edit.
package struct FailureCause: Codable, Hashable, Sendable {
  /// A call whose effect has to be lost, and the functions of the store that made it.
  struct Origin: Codable, Hashable, Sendable {
    var call: [String]
    var functions: [String]
  }

  /// The kind of the violation, and how many crashes follow one another.
  var kind: Violation.Kind
  var crashes: Int
  /// Each once, sorted.
  var losses: [Origin]
  /// The sync that closes it; nil where none is known.
  package var barrier: MissingBarrier?

  /// What failures of one cause have in common.
  var key: [String] {
    if let barrier { return barrier.key }
    return [kind.rawValue, "\(crashes)"] + losses.flatMap { $0.call + $0.functions }
  }

  /// How much the search for a cause may take: executions to give back what is not needed, and executions at one place for
  /// the sync, at how many places. A program's take a thousand times as long as those of a store in this process.
  private struct Effort {
    var executionsMax = 400
    var executionsPerPlace = 200
    var placesMax = 12

    init(_ reproducer: Reproducer) {
      if reproducer.testCase.runs != nil { (executionsMax, executionsPerPlace, placesMax) = (40, 20, 3) }
    }
  }

  /// The cause of a failure that needs a crash; nil where it has none, or did not come back. May trap where the system under
  /// test does.
  package static func of(_ reproducer: Reproducer) -> FailureCause? {
    let reproducer = reproducer.withOperations()
    guard reproducer.finding.violation != nil, !reproducer.finding.crashes.isEmpty else { return nil }
    let own = Effort(reproducer)
    let outcome = CrashHunt.run(reproducer, .leastLost, executionsMax: own.executionsMax)
    guard let caught = outcome.caught, let crash = caught.crashes.first else { return nil }
    var present = reproducer
    present.finding.violation = caught.violation
    present.finding.crashes = caught.crashes
    var cause = FailureCause(
      kind: caught.violation.kind, crashes: caught.crashes.count,
      losses: origins(of: crash, reproducer))
    let effort = BarrierSearch.Effort(
      executionsPerPlace: own.executionsPerPlace, placesMax: own.placesMax, setsMax: 0, looksForRest: false,
      tracesPrograms: false)
    if case .found(let barriers) = BarrierSearch.run(present, effort) {
      cause.barrier = barriers.first
    }
    return cause
  }

  private static func origins(of crash: CrashState, _ reproducer: Reproducer) -> [Origin] {
    // What failures have in common must not depend on whether this system allows to trace a program.
    let witness = CaseWitness(tracesPrograms: false)
    let recording = Recording(reproducer.testCase, faults: reproducer.finding.faults, witness: witness)
    let window = CrashWindow(over: recording.disk)
    window.advance(to: crash.point)
    let origins = window.losses(in: crash).map { found in
      Origin(
        call: found.loss.call.gist.map(MaskedText.of),
        functions: (found.witness.map { witness.frames($0).ofStore } ?? []).map { MaskedText.of($0.function) }
      )
    }
    return Set(origins).sorted { ($0.call + $0.functions).lexicographicallyPrecedes($1.call + $1.functions) }
  }
}
