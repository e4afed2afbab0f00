/// One failure in parts, for whoever draws it: what a replay saw of the workload, the crash and the check.
public struct FailurePicture: Codable, Hashable, Sendable {
  /// An operation of the workload, and the storage operations `start..<end` that it made.
  public struct Step: Codable, Hashable, Sendable {
    public var text: String
    public var start: Int
    public var end: Int
  }

  /// What a crash did to what a storage operation had done.
  public enum Fate: String, Codable, Hashable, Sendable {
    /// All of it is there, or something newer is.
    case kept
    /// None of it is there.
    case lost
    /// Some of its sectors, or a part of one, are there.
    case torn
    /// It came after the crash.
    case never
  }

  /// A storage operation.
  public struct Event: Codable, Hashable, Sendable {
    public var index: Int
    public var text: String
    /// The file or directory.
    public var file: String
    public var isSync: Bool
    public var fate: Fate
  }

  /// Something that is told with the call stack of where it happened, innermost frame first.
  public struct Stack: Codable, Hashable, Sendable {
    public var title: String
    public var frames: [String]
  }

  /// The last steps before the crash.
  public var steps: [Step] = []
  /// The last storage operations before the crash, and the first that it kept from being called.
  public var events: [Event] = []
  /// How many commits had been promised durable, and how many attempted; nil where the store was being created.
  public var promised: Int?
  public var attempted: Int?
  /// The storage operation during which power was cut; nil where it was not.
  public var crashPoint: Int?
  /// In a sentence.
  public var crash = ""
  /// What each power cut lost or tore, what sabotage left out, and the check that failed.
  public var stacks: [Stack] = []
  /// The storage operations of the recovery that came to the wrong state.
  public var recovery: [String] = []

  /// Nothing yet.
  public init() {}
}
