import FaultFS
import TortureCore

/// One chain of crashes.
extension CrashHunt {
  /// A power cut of the chain that is being looked at.
  struct Cut {
    let window: CrashWindow
    let state: CrashState
  }

  /// The failure in exactly these crashes, if they are possible and lead to it.
  mutating func retry(known crashes: [CrashState]) -> Catch? {
    let recording = record()
    guard let first = crashes.first else {
      guard let violation = recording.violation, isTarget(violation) else { return nil }
      return recording.caught(violation)
    }
    let window = CrashWindow(over: recording.disk)
    guard (0...window.lastPoint).contains(first.point) else { return nil }
    let terms = recording.terms(at: first.point, in: testCase)
    var caught = follow(crashes, window, [], terms)
    caught?.complete(recording, first)
    return caught
  }

  /// Goes on in a chain of crashes behind those in `cuts`; the window stands at the next one's point or before it.
  mutating func follow(
    _ crashes: [CrashState], _ window: CrashWindow, _ cuts: [Cut], _ terms: Terms
  ) -> Catch? {
    let state = crashes[cuts.count]
    guard (window.point...window.lastPoint).contains(state.point) else { return nil }
    window.advance(to: state.point)
    guard window.isLegal(state) else { return nil }
    executions += 1
    return window.withDisk(showing: state) { disk in
      let (outcome, terms) = recover(disk, terms, after: cuts.count, opens: state.deviations.isEmpty)
      let cuts = cuts + [Cut(window: window, state: state)]
      if let violation = outcome.violation { return caught(violation, cuts) }
      guard cuts.count < crashes.count, outcome.verdict < .undetectable else { return nil }
      let next = terms.afterCrash(at: crashes[cuts.count].point, in: outcome)
      return follow(crashes, CrashWindow(over: disk), cuts, next)
    }
  }

  /// One recovery as a replay does it: struck first where a fault says so, and then once more.
  ///
  /// - Parameter number: that of the crash which it follows, the outermost being 0.
  func recover(_ disk: FaultDisk, _ terms: Terms, after number: Int, opens: Bool) -> (Judge.Outcome, Terms) {
    let change = number + 1 == outer.count ? change : nil
    let (outcome, struck) = judge.recover(
      disk, terms, struckFirstBy: number == 0 ? recoveryFault : nil, opens: opens, change: change)
    return (outcome, struck?.terms ?? terms)
  }

  func caught(_ violation: Violation, _ cuts: [Cut]) -> Catch? {
    guard isTarget(violation) else { return nil }
    return Catch(
      violation: violation, crashes: cuts.map(\.state),
      losses: cuts.map { cut in cut.window.losses(in: cut.state).map(\.loss) }, operations: 0)
  }
}

extension CrashHunt.Catch {
  /// Adds what the run says of it.
  mutating func complete(_ recording: Recording, _ first: CrashState) {
    operations = recording.operations(begunAt: first.point)
    struckCalls = recording.struckCalls
  }
}
