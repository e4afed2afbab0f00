import FaultFS
import TortureCore

/// The call of a run that a fault struck, as the how-manieth of which operation: so it is found again in a run with fewer
/// operations, where the fault's own number means another call.
package struct StruckCall: Codable, Hashable, Sendable {
  /// The operation's place in the workload; nil for the creation of the store.
  var operation: Int?
  /// Counted from 1 among those calls of the operation that the fault could have struck.
  var number: Int

  /// The same call once the operations at `places` are left out; nil where its own is among them.
  func leavingOut(_ places: Set<Int>) -> StruckCall? {
    guard let operation else { return self }
    guard !places.contains(operation) else { return nil }
    return StruckCall(operation: operation - places.count { $0 < operation }, number: number)
  }
}

extension Recording {
  /// Which call each of the faults struck first; nil for one that struck none, where an earlier failure made the run repeat operations, and
  /// where those of several threads are not one after the other.
  var struckCalls: [StruckCall?] {
    matchingCallCounts.indices.map { fault in
      guard schedule == nil else { return nil }
      guard let number = firedFaults.first(where: { $0.fault == fault })?.matchNumber else { return nil }
      var before = matchingCallCountsOfCreation[fault]
      if number <= before { return StruckCall(operation: nil, number: number) }
      for (place, step) in steps.enumerated() {
        if number <= step.matchingCallCounts[fault] {
          return StruckCall(operation: place, number: number - before)
        }
        if step.failure != nil { return nil }
        before = step.matchingCallCounts[fault]
      }
      return nil
    }
  }
}

extension CrashHunt {
  /// Places each fault that strikes by number at the call that is given for it.
  mutating func placeFaults(at calls: [StruckCall?]) {
    guard calls.contains(where: { $0 != nil }) else { return }
    executions += 1
    // What matches is counted in a run that no fault strikes.
    let recording = Recording(
      testCase,
      faults: faults.map { fault in
        var fault = fault
        fault.placement = .call(.max)
        return fault
      })
    for (place, call) in calls.enumerated() where faults.indices.contains(place) {
      guard case .call = faults[place].placement, let call else { continue }
      let operation = call.operation ?? 0
      guard operation <= recording.steps.count else { continue }
      let before =
        call.operation == nil
        ? 0
        : operation == 0
          ? recording.matchingCallCountsOfCreation[place]
          : recording.steps[operation - 1].matchingCallCounts[place]
      faults[place].placement = .call(before + call.number)
    }
  }
}
