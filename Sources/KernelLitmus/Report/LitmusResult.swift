import FaultFS
package import KernelDisk

/// What one litmus test came to on one file system, beside what its profile allows.
package struct LitmusResult: Sendable, Codable {
  package var test: LitmusTest
  package var fileSystem: String
  package var profile: String
  package var seen: SeenOutcomes
  package var allowed: AllowedOutcomes
  package var seconds: Double

  package init(
    test: LitmusTest, fileSystem: KernelFileSystem, seen: SeenOutcomes, allowed: AllowedOutcomes,
    seconds: Double
  ) {
    self.test = test
    self.fileSystem = fileSystem.name
    profile = fileSystem.profile.name
    self.seen = seen
    self.allowed = allowed
    self.seconds = seconds
  }

  /// Calls that failed on one side and not on the other, by their number from 1; nothing can be compared then.
  package var unlikeCalls: [Int] {
    Set(seen.errors.keys).union(allowed.errors.keys).filter { seen.errors[$0] != allowed.errors[$0] }.map {
      $0 + 1
    }
    .sorted()
  }

  /// What was seen and is not allowed: a defect of the profile, where what is allowed was counted to its end.
  package var defects: OutcomeSet { unlikeCalls.isEmpty ? seen.set.subtracting(allowed.set) : OutcomeSet() }

  /// Why the profile does not allow what was seen, if that is known.
  package var knownDefect: String? { test.known?[fileSystem] }

  package var hasUnknownDefects: Bool { !defects.isEmpty && knownDefect == nil }

  /// What is allowed and was not seen, after as many calls as a crash was seen after.
  package var slack: OutcomeSet {
    var slack = OutcomeSet()
    if !unlikeCalls.isEmpty { return slack }
    for (count, all) in allowed.set.outcomes.enumerated() where hasCrash(afterCalls: count) {
      for outcome in all where !seen.set.contains(outcome, afterCalls: count) {
        slack.insert(outcome, afterCalls: count)
      }
    }
    return slack
  }

  package func hasCrash(afterCalls count: Int) -> Bool {
    seen.set.outcomes.indices.contains(count) && !seen.set.outcomes[count].isEmpty
  }
}
