import Glibc
import Synchronization

/// How many forks lie between this process and the first that asked.
///
/// Asked at each transaction: so whoever asks keeps the reference, and pays for one load.
final class Forks: Sendable {
  static let shared = Forks()

  private let forks = Atomic<Int>(0)

  private init() {
    let result = pthread_atfork(nil, nil, { Forks.shared.forks.add(1, ordering: .relaxed) })
    invariant(result == 0, "pthread_atfork failed with \(result)")
  }

  @inline(__always)
  var count: Int { forks.load(ordering: .relaxed) }
}
