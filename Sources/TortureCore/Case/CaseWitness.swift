import CallStack
package import FaultFS

/// What a replay sees of a case besides its timeline: the call stack of each storage operation and of the check that
/// failed, and the calls that sabotage left out.
package final class CaseWitness {
  /// A kind of call that was left out.
  package struct Dropped: Hashable {
    package var call: SabotageRule.Call
    package var name: String
  }

  /// The last time that one was left out.
  package struct LastDrop {
    package var dropped: Dropped
    /// Number of the storage operation that came next.
    package var before: Int
    package var stack: Int
  }

  /// Whether a program is run a second time, traced, for its call stacks.
  package let tracesPrograms: Bool
  /// Of a case of a program, whose operations bring their own numbers: the workload's run, and then those of the checker that were
  /// crashed in turn; nil for a run that was not traced. Nil for a system in this process.
  private var programRuns: [ProgramStacks?]?
  /// More than a run has calls.
  private static let numbersPerRun = 1 << 32
  private var stacks: [CallStack] = []
  /// Called with the number of each storage operation before it is done.
  package var willCall: ((Int) -> Void)?
  private var calls = 0
  private let symbolizer = Symbolizer()
  private var drops: [LastDrop] = []

  package init(tracesPrograms: Bool = true) {
    self.tracesPrograms = tracesPrograms
  }

  /// The stacks of a program's next run; nil where it is not traced.
  func addProgramRun(_ stacks: ProgramStacks?) {
    programRuns = (programRuns ?? []) + [stacks]
  }

  /// Sees what a recovery does to `disk`, up to `endRecovery`.
  package func beginRecovery(on disk: FaultDisk) {
    guard let programRuns else {
      disk.witness = capture
      return
    }
    let first = programRuns.count * Self.numbersPerRun
    disk.witness = { [unowned disk] in first + disk.operationCount }
  }

  /// - Parameter stacks: of a program's checker, if it was traced on the same state.
  /// - Returns: why there are none, or not all, unless the same is known already.
  @discardableResult
  package func endRecovery(on disk: FaultDisk, _ stacks: ProgramStacks?) -> MissingStacks? {
    if programRuns == nil { return nil }
    let known = missingStacks
    var stacks = stacks
    stacks?.keepThose(ofChecker: disk.timeline)
    addProgramRun(stacks)
    return stacks?.missing.flatMap { known.contains($0) ? nil : $0 }
  }

  /// Why a program's call stacks are not there, or not all, each once.
  package var missingStacks: [MissingStacks] {
    (programRuns ?? []).compactMap { $0?.missing }.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// Captures the caller's stack, and returns its number: what a disk asks at each storage operation.
  package lazy var capture: () -> Int = { [unowned self] in
    willCall?(calls)
    calls += 1
    // Without this closure, which every stack would begin with.
    stacks.append(CallStack.capture(skippingInnermost: 1))
    return stacks.count - 1
  }

  /// Captures the stack of a thread that begins to wait, and returns its number.
  func captureWait() -> Int {
    // Without this function and the closure that calls it.
    stacks.append(CallStack.capture(skippingInnermost: 2))
    return stacks.count - 1
  }

  func noteDropped(_ call: SabotageRule.Call, _ name: String, before operation: Int) {
    // Without this function and the closure that calls it.
    stacks.append(CallStack.capture(skippingInnermost: 2))
    drops.append(
      LastDrop(dropped: Dropped(call: call, name: name), before: operation, stack: stacks.count - 1))
  }

  /// The calls that were left out and not yet reported, in order.
  var allDrops: [LastDrop] { drops }

  /// The drops so far up to operation `point`, of each kind the last; none of them is reported again.
  package func takeDrops(upTo point: Int) -> [LastDrop] {
    defer { drops.removeAll() }
    var last: [LastDrop] = []
    for drop in drops where drop.before <= point {
      last.removeAll { $0.dropped == drop.dropped }
      last.append(drop)
    }
    return last
  }

  /// The frames of a stack that are the store's or the harness's, innermost first.
  package func frames(_ number: Int) -> [StackFrame] {
    if let programRuns {
      let run = number / Self.numbersPerRun
      guard programRuns.indices.contains(run) else { return [] }
      return programRuns[run]?.frames(ofCall: number % Self.numbersPerRun) ?? []
    }
    return symbolizer.frames(of: stacks[number]).map { StackFrame($0) }.filter {
      $0.layer == .store || $0.layer == .harness
    }
  }
}
