import Glibc
import Synchronization

/// Ctrl-C and SIGTERM, as a campaign hears of them: the first asks it to end with the results so far, the second ends
/// the process at once.
public enum Interruption {
  private static let count = Atomic<Int>(0)

  /// Listens to SIGINT and SIGTERM from now on, and ignores SIGPIPE: a pipe to a worker that has just died is an
  /// error of that write, not the end of the campaign.
  public static func listen() {
    // The atomic is made before a signal can need it.
    count.store(0, ordering: .relaxed)
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in
        // Only what a signal handler may do: an atomic addition, and _exit.
        if Interruption.count.add(1, ordering: .relaxed).newValue > 1 {
          _exit(CommandStatus.interrupted.rawValue)
        }
      }
    }
    signal(SIGPIPE, SIG_IGN)
  }

  /// Whether the user asked for the end.
  public static var isRequested: Bool { count.load(ordering: .relaxed) > 0 }
}
