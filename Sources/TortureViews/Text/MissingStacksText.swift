package import TortureCore

extension MissingStacks {
  /// One line: why, and what is shown instead.
  package var text: String {
    switch self {
    case .refused(let reason):
      "no call stacks of the program: it cannot be traced here (\(reason)); in a container: --cap-add SYS_PTRACE"
    case .failed(let reason): "no call stacks of the program: traced, \(reason)"
    case .differs(let number):
      "traced, the program made other calls from storage call \(number) on: no call stacks from there on"
    case .checkDiffers(let number):
      "traced, the check made other calls from storage call \(number) on: no call stacks from there on"
    }
  }
}
