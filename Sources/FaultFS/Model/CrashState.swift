/// One thing that a crash can leave behind: a crash point and a version for each open cell.
///
/// Cells that `deviations` does not list keep everything: they show their newest version at the point.
/// A window's `isLegal` says whether a state is one that the model allows.
public struct CrashState: Hashable, Sendable, Codable {
  /// A cell that does not show its newest version.
  public struct Deviation: Hashable, Sendable, Codable {
    public var cell: Cell.ID
    public var version: Int
    /// A mix of `version` and the version after it.
    public var tear: Tear?

    public init(cell: Cell.ID, version: Int, tear: Tear? = nil) {
      self.cell = cell
      self.version = version
      self.tear = tear
    }
  }

  /// What a cell shows.
  public struct Choice: Hashable, Sendable {
    public var version: Int
    /// A mix of `version` and the version after it.
    public var tear: Tear?

    public init(_ version: Int, tear: Tear? = nil) {
      self.version = version
      self.tear = tear
    }
  }

  /// The crash point: operations before it had completed, and the operation with this index was in flight.
  public var point: Int
  /// In ascending order of their cells, each cell once.
  public var deviations: [Deviation]

  public init(point: Int, deviations: [Deviation] = []) {
    self.point = point
    self.deviations = deviations
  }
}
