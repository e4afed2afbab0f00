/// Where a run departs from the schedule that nobody had to decide.
///
/// A *decision* is a place of a run at which more than one thread can go on. Without a departure the thread that runs goes on
/// where it can; otherwise the one with the lowest number that can. A run is repeated by its departures alone, and one that is
/// left out leaves a schedule still: so a schedule can be made smaller.
package struct Schedule: Hashable, Sendable, Codable {
  package struct Departure: Hashable, Sendable, Codable {
    /// The decision, counted from 0.
    package var decision: Int
    /// The number of the thread that goes on.
    package var thread: Int

    package init(decision: Int, thread: Int) {
      self.decision = decision
      self.thread = thread
    }
  }

  /// In ascending order.
  package var departures: [Departure]

  package init(_ departures: [Departure] = []) {
    self.departures = departures
  }
}

/// What the threads of a run came to.
package enum ScheduleEnd: Hashable, Sendable {
  case finished
  /// Every thread that is left waits for something that no other thread can bring about.
  case deadlock([WaitingThread])
  /// After this many steps threads still ran.
  case livelock(steps: Int, [WaitingThread])

  /// Those that had not ended.
  package var waitingThreads: [WaitingThread] {
    switch self {
    case .finished: []
    case .deadlock(let threads), .livelock(_, let threads): threads
    }
  }
}

/// A thread that has not ended, and what it waits for.
package struct WaitingThread: Hashable, Sendable {
  package var name: String
  /// In words; nil where it could go on.
  package var waitsFor: String?
  /// What the scheduler's witness returned when it began to wait.
  package var witness: Int?

  package init(name: String, waitsFor: String?, witness: Int? = nil) {
    self.name = name
    self.waitsFor = waitsFor
    self.witness = witness
  }
}
