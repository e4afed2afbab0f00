/// A thread of a schedule.
final class ScheduledThread {
  /// What keeps it from going on.
  enum Wait: Hashable {
    case nothing
    case lock(Int)
    case event(Int, of: Int, until: Int?)
    case end(of: Int)
    /// It has ended.
    case forEver

    /// For `Scheduler.state`.
    var hash: Int {
      switch self {
      case .nothing: 0
      case .lock(let lock): 1 + 8 * lock
      case .event(let event, let lock, let time): 2 + 8 * (event + 64 * (lock + 64 * (time ?? -1)))
      case .end(let thread): 3 + 8 * thread
      case .forEver: 4
      }
    }

    /// When it ends by itself.
    var time: Int? {
      if case .event(_, _, let time) = self { time } else { nil }
    }
  }

  let name: String
  /// The system's thread, until this one has ended.
  let member: CrewMember
  var trace = Trace()
  var wait = Wait.nothing
  /// Whether its time came, and no other thread has made a step since.
  var hadItsTime = false
  /// What the witness returned when it began to wait.
  var witness: Int?

  init(_ name: String, _ member: CrewMember) {
    self.name = name
    self.member = member
  }
}
