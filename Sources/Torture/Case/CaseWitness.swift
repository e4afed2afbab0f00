import CallStack
import FaultFS

/// What a replay sees of a case besides its timeline: the call stack of each storage operation and of the check that
/// failed, and the calls that sabotage left out.
final class CaseWitness {
  /// A kind of call that was left out.
  struct Dropped: Hashable {
    var call: SabotageRule.Call
    var name: String
  }

  /// The last time that one was left out.
  struct LastDrop {
    var dropped: Dropped
    /// Number of the storage operation that came next.
    var before: Int
    var stack: Int
  }

  private var stacks: [CallStack] = []
  private let symbolizer = Symbolizer()
  private var drops: [LastDrop] = []

  /// Captures the caller's stack, and returns its number: what a disk asks at each storage operation.
  lazy var capture: () -> Int = { [unowned self] in
    stacks.append(CallStack.capture())
    return stacks.count - 1
  }

  func noteDropped(_ call: SabotageRule.Call, _ name: String, before operation: Int) {
    stacks.append(CallStack.capture())
    drops.append(
      LastDrop(dropped: Dropped(call: call, name: name), before: operation, stack: stacks.count - 1))
  }

  /// The calls that were left out and not yet told, in order.
  var allDrops: [LastDrop] { drops }

  /// The drops so far up to operation `point`, of each kind the last; none of them is told again.
  func takeDrops(upTo point: Int) -> [LastDrop] {
    defer { drops.removeAll() }
    var last: [LastDrop] = []
    for drop in drops where drop.before <= point {
      last.removeAll { $0.dropped == drop.dropped }
      last.append(drop)
    }
    return last
  }

  /// What every stack of a replay has in common: the disk that records it, and the harness below the case.
  private static let uninteresting = [
    "Sources/Storage/", "Sources/FaultFS/", "Sources/Torture/Case/CaseWitness.swift",
    "Sources/Torture/Case/TestCase.swift",
    "Sources/Torture/Case/CaseReplayer.swift", "Sources/Torture/Case/Recording.swift",
    "Sources/Torture/Cause/", "Sources/TortureTool/", "Sources/Torture/Campaign/", "Sources/Torture/Command/",
    "Sources/lrvm-torture/",
  ]

  /// The frames of a stack that lie in the project's sources, innermost first.
  func lines(_ number: Int) -> [String] {
    symbolizer.frames(of: stacks[number]).inSources().filter { frame in
      let path = frame.file.flatMap(SourceRoot.checkout.relativePath) ?? ""
      return !Self.uninteresting.contains(where: path.hasPrefix)
    }.map { $0.text() }
  }
}
