/// A program to run: what to execute, where, and within which limits.
public struct ProgramCommand: Hashable, Sendable {
  /// The path of the executable, then its arguments.
  public var arguments: [String]
  /// An absolute path.
  public var workingDirectory: String
  /// All that the program finds in its environment.
  public var environment: [String: String]
  /// After this it is killed.
  public var timeLimitMilliseconds: Int
  /// When its standard output, or its standard error, is longer it is killed.
  public var outputBytesMax: Int
  /// The number of its process, from 2 on; those that it starts are numbered from there. So what a program writes of its own number
  /// is the same each time, where the kernel lets us choose.
  public var firstProcess = 2

  public init(
    arguments: [String], workingDirectory: String, environment: [String: String],
    timeLimitMilliseconds: Int = 10_000, outputBytesMax: Int = 1 << 20
  ) {
    self.arguments = arguments
    self.workingDirectory = workingDirectory
    self.environment = environment
    self.timeLimitMilliseconds = timeLimitMilliseconds
    self.outputBytesMax = outputBytesMax
  }

  /// A line for /bin/sh.
  public init(
    shell line: String, workingDirectory: String, environment: [String: String],
    timeLimitMilliseconds: Int = 10_000, outputBytesMax: Int = 1 << 20
  ) {
    self.init(
      arguments: ["/bin/sh", "-c", line], workingDirectory: workingDirectory, environment: environment,
      timeLimitMilliseconds: timeLimitMilliseconds, outputBytesMax: outputBytesMax)
  }
}
