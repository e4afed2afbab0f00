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

  /// The frames of a stack that lie in the project's sources, innermost first, without those of the disk itself.
  func lines(_ number: Int) -> [String] {
    symbolizer.frames(of: stacks[number]).inSources()
      .filter { frame in !(frame.file ?? "").contains("/Sources/FaultFS/") && !(frame.file ?? "").hasSuffix("StackBook.swift") }
      .map { $0.text() }
  }
}
