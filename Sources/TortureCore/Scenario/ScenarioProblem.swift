/// Something wrong with a scenario file, and where.
public struct ScenarioProblem: Error, Hashable, Sendable, CustomStringConvertible {
  public var file: String
  /// Counted from 1; 0 where the problem is the file as a whole.
  public var line: Int
  /// In characters (Unicode scalars), counted from 1; 0 where the problem is the file as a whole.
  public var column: Int
  /// What is wrong, and what was expected.
  public var message: String

  public init(file: String, line: Int, column: Int, message: String) {
    self.file = file
    self.line = line
    self.column = column
    self.message = message
  }

  public var description: String {
    line == 0 ? "\(file): \(message)" : "\(file):\(line):\(column): \(message)"
  }
}

/// All that is wrong with a scenario file, in the order of the file; printed a line for each.
public struct ScenarioProblems: Error, Hashable, Sendable, CustomStringConvertible {
  public var problems: [ScenarioProblem]

  public var description: String {
    problems.map(\.description).joined(separator: "\n")
  }
}
