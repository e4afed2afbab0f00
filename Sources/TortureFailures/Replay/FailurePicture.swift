package import TortureCore

/// One failure in parts, for whoever draws it: what a replay saw of the workload, the crash and the check.
package struct FailurePicture: Codable, Hashable, Sendable {
  /// An operation of the workload, and the storage calls `start..<end` that it made.
  package struct Step: Codable, Hashable, Sendable {
    package var operation: Operation
    /// What it failed with; nil where it did not.
    package var failure: String?
    /// The thread whose it is; nil where there is one.
    package var thread: String?
    /// Whether another thread went on meanwhile, and this is the operation from then on; whether it has returned by its end.
    package var isContinued = false
    package var isReturned = true
    package var start: Int
    package var end: Int
    /// What each file held when it had returned; none where power was cut before.
    package var files: [FileView] = []
  }

  /// What a crash did to what a storage call had done.
  package enum Fate: String, Codable, Hashable, Sendable {
    /// All of it is there, or something newer is.
    case kept
    /// None of it is there.
    case lost
    /// Some of its sectors, or a part of one, are there.
    case torn
    /// It came after the crash.
    case never
  }

  /// A storage call.
  package struct Event: Codable, Hashable, Sendable {
    package var call: StorageCall
    package var fate: Fate
  }

  /// What a call stack belongs to.
  package enum Subject: Codable, Hashable, Sendable {
    case loss(Loss)
    case dropped(DroppedCall)
    case failedCheck
    case waiting(thread: String)
  }

  /// Where something happened, innermost frame first.
  package struct Stack: Codable, Hashable, Sendable {
    package var subject: Subject
    package var frames: [StackFrame]
  }

  /// The last steps before the crash.
  package var steps: [Step] = []
  /// The last storage calls before the crash, and the first that it kept from being made.
  package var events: [Event] = []
  /// How many commits had been promised durable, and how many attempted; nil where the store was being created.
  package var owed: Owings?
  /// The power cut in the workload, then those in recovery.
  package var cuts: [PowerCut] = []
  /// What each power cut lost or tore, what sabotage left out, and the check that failed.
  package var stacks: [Stack] = []
  /// The storage calls of each recovery, with what the power cut in it did to them; nothing did to those of the last one.
  package var recoveries: [[Event]] = []

  /// Nothing yet.
  package init() {}
}
