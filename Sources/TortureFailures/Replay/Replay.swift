package import FaultFS
package import TortureCore

/// What replaying a reproducer showed.
package struct Replay: Codable, Hashable, Sendable {
  /// What went wrong again; nil where the failure did not come back.
  package var violation: Violation?
  /// What happened, part by part: the workload, the crashes, what they lost, the call stacks.
  package var story: [StoryPart]
  /// The same for whoever draws it; nil where nothing was replayed.
  package var picture: FailurePicture?

  /// A replay that ended with `violation`.
  package init(violation: Violation?, story: [StoryPart], picture: FailurePicture? = nil) {
    self.violation = violation
    self.story = story
    self.picture = picture
  }
}

/// One thing that a replay has to say.
package enum StoryPart: Codable, Hashable, Sendable {
  /// Which case it is, and what it did in all.
  case beginning(scenario: String, seed: UInt64, sabotage: [SabotageRule], operations: Int, calls: Int)
  /// The call stacks of a program are not there, or not all.
  case missingStacks(MissingStacks)
  /// A fault struck the run, or the recovery from its crash.
  case fault(FiredFault, inRecovery: Bool)
  /// Operations of the workload, with the calls that each made.
  case steps([StoryStep])
  /// What was promised and attempted when power was cut; nil while the store was being created.
  case owed(Owings?)
  /// A call that sabotage left out: of its kind the last one before the call `before`.
  case dropped(DroppedCall, stack: [StackFrame])
  case powerCut(PowerCut)
  /// What the power cut took; a stack for the last loss of each call.
  case losses([StoryLoss])
  /// What recovery did to the disk.
  case recovery([StorageCall])
  /// The workload went on after recovery, with at most this many transactions.
  case goingOn(transactionsMax: Int, calls: [StorageCall])
  /// Where the check that failed was made.
  case failedCheck(stack: [StackFrame])
  /// A thread that had not ended, and where it waits.
  case waiting(thread: String, cause: String, stack: [StackFrame])
  case violation(Violation)
  /// The crash of the reproducer leads nowhere; where the failure was then found in another one, `isFound`.
  case obstacle(ReplayObstacle, isFound: Bool)
  /// How much was looked at in vain; nil where nothing was counted.
  case searched(executions: Int, HuntExtent?)
}

/// How many commits were promised durable, and how many attempted.
package struct Owings: Codable, Hashable, Sendable {
  package var promised: Int
  package var attempted: Int
}

/// An operation of the workload as it ran.
package struct StoryStep: Codable, Hashable, Sendable {
  package var operation: TortureCore.Operation
  /// What it failed with; nil where it did not.
  package var failure: String?
  /// The thread whose it is; nil where there is one.
  package var thread: String?
  /// Whether another thread went on meanwhile, and this is the operation from then on.
  package var isContinued = false
  package var calls: [StorageCall]
}

/// A power cut.
package struct PowerCut: Codable, Hashable, Sendable {
  /// How many storage calls had completed.
  package var point: Int
  /// The call that was under way; nil where it came after the last.
  package var during: StorageCall?
  /// 0 for a cut in the workload, 1 in the recovery from that, and so on.
  package var depth: Int
}

/// A loss, with where its call was made.
package struct StoryLoss: Codable, Hashable, Sendable {
  package var loss: Loss
  /// Empty where the next loss is of the same call.
  package var stack: [StackFrame]
}

/// A call that sabotage left out.
package struct DroppedCall: Codable, Hashable, Sendable {
  package var call: SabotageRule.Call
  package var name: String
  /// The number of the storage call that came next.
  package var before: Int
}

/// Why a reproducer's crash says nothing about the present program.
package enum ReplayObstacle: Error, Codable, Hashable, Sendable {
  /// It crashes at the call `point`, and the run has `last`.
  case runIsShorter(point: Int, last: Int)
  /// The state that it crashes into at the call `point` is not possible any more.
  case notPossible(point: Int)
  /// The crash does no harm.
  case noHarm
}
