import CallStack

/// The call stacks of a replay, by number: what a disk's witness returns for each storage operation.
final class StackBook {
  private var stacks: [CallStack] = []
  private let symbolizer = Symbolizer()

  /// Captures the caller's stack.
  lazy var witness: () -> Int = { [unowned self] in
    stacks.append(CallStack.capture())
    return stacks.count - 1
  }

  /// What every stack of a replay has in common: the disk that records it, and the harness below the case.
  private static let uninteresting = [
    "Sources/FaultFS/", "Sources/Torture/Case/StackBook.swift", "Sources/Torture/Case/CaseReplayer.swift",
    "Sources/Torture/Campaign/", "Sources/Torture/Command/", "Sources/lrvm-torture/",
  ]

  /// The frames of a stack that lie in the project's sources, innermost first.
  func lines(_ number: Int) -> [String] {
    symbolizer.frames(of: stacks[number]).inSources().filter { frame in
      let path = frame.file.flatMap(SourceRoot.checkout.relativePath) ?? ""
      return !Self.uninteresting.contains(where: path.hasPrefix)
    }.map { $0.text() }
  }
}
