import FaultFS

/// In which ways a store's writes can reach the disk out of order, each tried once where not every state is.
///
/// A crash bug that is no accident of one place and time shows whenever the store does the same again. So what counts is which
/// piece of code made the call that is lost, and which one made a later call that is there: an update behaviour, after
/// the representatives of Pathfinder (OOPSLA '25). Code is known by its call stacks; of a program, whose stacks nobody
/// takes, by the kind of call and the name of its file.
///
/// A behaviour is met at a crash point if it has a state there: nothing of the one call is on the disk, all of the other one
/// is. Its representative is the newest such state in which nothing later than the other call is there.
struct UpdateBehaviours {
  private struct Behaviour: Hashable {
    var lost: Origin
    var kept: Origin
  }

  private enum Origin: Hashable {
    case stack(Int)
    case call(FaultFS.Operation.Kind, String)
  }

  private var met: Set<Behaviour> = []
  private var tried: Set<Behaviour> = []

  /// Of what can happen at the window's present point, the states that stand for what was not tried before.
  ///
  /// - Parameter statesMax: how many may be returned; what is left waits for a later point.
  /// - Returns: the states; and how many behaviours were met for the first time.
  mutating func representatives(_ window: CrashWindow, statesMax: Int) -> (states: [CrashState], met: Int) {
    let calls = openCalls(window)
    var states: [CrashState] = []
    let metBefore = met.count
    for (place, lost) in calls.enumerated() {
      for kept in calls[(place + 1)...] {
        let behaviour = Behaviour(lost: lost.origin, kept: kept.origin)
        if tried.contains(behaviour) { continue }
        guard let state = state(window, without: lost, upTo: kept) else { continue }
        met.insert(behaviour)
        guard states.count < statesMax else { continue }
        tried.insert(behaviour)
        states.append(state)
      }
    }
    return (states, met.count - metBefore)
  }

  /// A call some of whose versions may be lost.
  private struct OpenCall {
    var number: Int
    var origin: Origin
    var versions: [VersionID] = []
  }

  /// The calls that can be lost at the window's point, in their order.
  private func openCalls(_ window: CrashWindow) -> [OpenCall] {
    var calls: [Int: OpenCall] = [:]
    for (version, number) in window.losableVersions {
      calls[number, default: OpenCall(number: number, origin: origin(number, window))].versions.append(
        version)
    }
    return calls.values.sorted { $0.number < $1.number }
  }

  private func origin(_ number: Int, _ window: CrashWindow) -> Origin {
    let operation = window.timeline.operation(number)
    if let stack = operation.witness { return .stack(stack) }
    return .call(operation.kind, MaskedText.of(operation.name))
  }

  /// The newest state with nothing of one call, and nothing later than another; nil where that one is not there as a whole.
  private func state(_ window: CrashWindow, without lost: OpenCall, upTo kept: OpenCall) -> CrashState? {
    var bounds: [Cell.ID: Int] = [:]
    for version in lost.versions {
      bounds[version.cell] = min(bounds[version.cell] ?? .max, version.version - 1)
    }
    let state = window.state { cell, candidates in
      CrashState.Choice(
        min(bounds[cell] ?? candidates.upperBound, window.newest(cell, upTo: kept.number)))
    }
    let isThere = kept.versions.allSatisfy { window.choice(of: $0.cell, in: state).version >= $0.version }
    return isThere ? state : nil
  }
}
