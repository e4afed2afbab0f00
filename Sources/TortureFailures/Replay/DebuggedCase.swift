import FaultFS
import Glibc
import TortureCore

/// The run of a reproducer's workload under a debugger, which stops at the storage call that the failure lost.
package struct DebuggedCase {
  private let reproducer: Reproducer
  /// The number of the storage call that it stops at.
  package let call: Int

  /// Nil where the failure is a trap or needs no crash, so there is no call to stop at, or where the workload is a program that runs
  /// in processes of its own.
  package init?(_ reproducer: Reproducer) {
    guard let crash = reproducer.finding.crashes.first, reproducer.testCase.runs == nil else { return nil }
    self.reproducer = reproducer
    // With a second crash the losses are those of a recovery.
    let isOfRun = reproducer.finding.crashes.count == 1
    call = (isOfRun ? reproducer.finding.losses.map(\.call.number).min() : nil) ?? crash.point
  }

  /// Runs the workload, and raises SIGTRAP in the storage call.
  package func run() {
    let witness = CaseWitness()
    witness.willCall = { [call] number in
      if number == call { _ = raise(SIGTRAP) }
    }
    _ = Recording(reproducer.testCase, faults: reproducer.finding.faults, witness: witness)
  }
}
