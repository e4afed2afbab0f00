/// The process that made it, which a forked child is not.
struct OwnProcess: Sendable {
  private let forks = Forks.shared
  private let count = Forks.shared.count

  @inline(__always)
  var isThis: Bool { forks.count == count }
}
