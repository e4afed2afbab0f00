/// What replaying a reproducer showed.
public struct Replay: Codable, Hashable, Sendable {
  /// What went wrong again; nil where the failure did not come back.
  public var violation: Violation?
  /// The case told line by line: the workload, the crash, what it lost and kept, the call stacks.
  public var story: [String]

  /// The same in parts; nil where nothing was replayed.
  public var picture: FailurePicture?

  /// Why the reproducer says nothing about the present program; nil where it was replayed.
  public var obstacle: String?

  /// A replay that ended with `violation`, or could not be made.
  public init(violation: Violation?, story: [String], picture: FailurePicture? = nil, obstacle: String? = nil)
  {
    self.violation = violation
    self.story = story
    self.picture = picture
    self.obstacle = obstacle
  }
}
