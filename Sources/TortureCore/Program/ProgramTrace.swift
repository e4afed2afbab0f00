public import CallStack

/// Where the threads of a program were at each storage call of a run that was traced.
public final class ProgramTrace {
  /// By the call's number; nil for what the kernel wrote by itself, and for calls whose stack could not be unwound.
  public var stacks: [TracedStack?] = []
  /// Why the program was not traced; nil where it was.
  public var refusal: String?

  public init() {}
}
