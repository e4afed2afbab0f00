/// What a program did: how it ended, and what it printed.
public struct ProgramRun: Hashable, Sendable, Codable {
  public enum Ending: Hashable, Sendable, Codable {
    case exited(status: Int)
    case killed(signal: Int)
    /// It was killed when its time was up.
    case timeLimit
    /// It was killed when it had printed more than it may.
    case outputLimit
  }

  /// A line of the standard output, without the character that ends it.
  public struct Line: Hashable, Sendable, Codable {
    public var text: String
    /// How many operations the disk had recorded when the line's last byte was there: those before it had returned, and none
    /// after it had begun, where the thread that printed it made them.
    public var operationCount: Int

    public init(text: String, operationCount: Int) {
      self.text = text
      self.operationCount = operationCount
    }
  }

  public var ending: Ending
  /// The lines of the standard output, in order; bytes that are no UTF-8 are replaced.
  public var lines: [Line]
  /// The standard error, likewise.
  public var errors: String
  /// How many processes it left running, which were killed: only where it exited by itself.
  public var leftoverCount: Int
  /// What it used of the processor, with the children that it waited for.
  public var processorNanoseconds: Int

  public var hasSucceeded: Bool { ending == .exited(status: 0) }

  /// The standard output as it was printed, but for the end of its last line.
  public var output: String { lines.map(\.text).joined(separator: "\n") }
}
