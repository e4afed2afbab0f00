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
  /// Of a case of a program, whose operations bring their own numbers; nil for a system in this process.
  private var programStacks: ProgramStacks??
  private var stacks: [CallStack] = []
  /// Called with the number of each storage operation before it is done.
  package var willCall: ((Int) -> Void)?
  private var calls = 0
  private let symbolizer = Symbolizer()
  private var drops: [LastDrop] = []

  package init(tracesPrograms: Bool = true) {
    self.tracesPrograms = tracesPrograms
  }

  /// The stacks of a program's run; nil where it is not traced.
  func useProgramStacks(_ stacks: ProgramStacks?) {
    programStacks = .some(stacks)
  }

  /// Why a program's call stacks are not there, or not all; nil where they are.
  package var missingStacks: MissingStacks? { programStacks??.missing }

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
    if let programStacks { return programStacks?.frames(ofCall: number) ?? [] }
    return symbolizer.frames(of: stacks[number]).map { StackFrame($0) }.filter {
      $0.layer == .store || $0.layer == .harness
    }
  }
}
