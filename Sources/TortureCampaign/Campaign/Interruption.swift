import Glibc
import Synchronization

/// Ctrl-C, Ctrl-\, a terminal that is closed and SIGTERM, as a campaign hears of them: the first asks it to end with the results so far, the second ends
/// the process at once.
package enum Interruption {
  static let signals = [SIGINT, SIGQUIT, SIGHUP, SIGTERM]

  private static let count = Atomic<Int>(0)

  /// Listens to these signals from now on.
  package static func listen() {
    // The atomic is made before a signal can need it.
    count.store(0, ordering: .relaxed)
    for number in signals {
      signal(number) { _ in
        // Only what a signal handler may do: an atomic addition, and _exit.
        if Interruption.count.add(1, ordering: .relaxed).newValue > 1 {
          _exit(CommandStatus.interrupted.rawValue)
        }
      }
    }
  }

  /// Whether the user asked for the end.
  package static var isRequested: Bool { count.load(ordering: .relaxed) > 0 }
}
