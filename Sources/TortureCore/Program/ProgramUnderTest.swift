public import FaultFS
public import Storage

/// A program that is tortured as it is: its workload runs on a recording disk, and a second program, the checker, runs on
/// each crash state and prints what the store holds there.
///
/// Nobody tells the harness what is right. The workload prints a line when it has acknowledged something, and after
/// each line the checker is run on what a killed process would leave: what it prints there is what it may print after
/// a crash. So a program makes no promise but by its lines, and is judged by nothing but its own output.
///
/// A scenario knows it as a system under test, which has no segments and no workload of the harness's.
///
/// Threading: one thread at a time.
public protocol ProgramUnderTest: SystemUnderTest {
  /// What an acknowledged line means.
  static func promise(of scenario: Scenario) -> ProgramPromise

  /// Runs what sets the store up, which counts as durable, and then the workload: on `disk`, an empty one, whose recording
  /// begins with the workload, and whose witness says each call's number.
  ///
  /// - Parameters:
  ///   - faults: what strikes the disk while the workload runs.
  ///   - trace: where the call stack of each storage call goes; nil: the program is not traced.
  ///   - served: called after each call that the workload has made on its files.
  static func record(
    on disk: FaultDisk, for scenario: Scenario, faults: [Fault], trace: ProgramTrace?,
    served: (FaultVolume) -> Void
  ) throws(ProgramProblem) -> WorkloadOutput

  /// Runs the checker.
  ///
  /// - Parameters:
  ///   - disk: what a crash left.
  ///   - acknowledged: the lines that the workload had printed by then.
  ///   - memory: what is known of earlier runs of it; nil: it is to be executed whatever is known.
  ///   - trace: where the call stack of each storage call goes; nil: it is not traced.
  ///   - served: called after each call that it has made on its files, where it is executed.
  static func check(
    _ disk: FaultDisk, acknowledged: [String], for scenario: Scenario,
    remembering memory: (any CheckerMemory)?, trace: ProgramTrace?, served: (FaultVolume) -> Void
  ) throws(ProgramProblem) -> CheckerRun

  /// What is known in this process of runs of the scenario's checker.
  static func checkerMemory(for scenario: Scenario) -> any CheckerMemory

  /// Starts a copy of this process that does `body` and ends; what the checker comes to there, `memory` knows here as well.
  ///
  /// - Returns: what ends the copy when it goes; nil where there can be none.
  static func startHelper(for memory: any CheckerMemory, _ body: () -> Void) -> AnyObject?
}

/// What runs of a checker came to, so that it need not be executed where it would see the same.
public protocol CheckerMemory: AnyObject {
  /// How the checker did something else than before where it saw the same, so that what it came to last counts for nothing;
  /// nil where it never did.
  var divergence: String? { get }
}

/// What a line means that a program under test has printed.
public enum ProgramPromise: String, Hashable, Sendable, CaseIterable {
  /// What it acknowledges outlives a crash.
  case durable
  /// A crash may lose the last ones, never one before one that is there.
  case prefix
  /// The checker's exit status says whether the store is right, by the lines that were acknowledged.
  case checked
}

/// A line of a workload's output.
public struct AcknowledgedLine: Hashable, Sendable {
  public var text: String
  /// How many operations of the disk had returned when it was printed.
  public var operationCount: Int

  public init(text: String, operationCount: Int) {
    self.text = text
    self.operationCount = operationCount
  }
}

/// What a workload came to.
public struct WorkloadOutput: Hashable, Sendable {
  /// What it printed.
  public var lines: [AcknowledgedLine]
  /// How it failed, in words that follow "the workload"; nil where it did not. Without faults that is a `ProgramProblem`.
  public var failure: String?
  /// Whether it had to be killed.
  public var wasCutShort: Bool

  public init(lines: [AcknowledgedLine], failure: String? = nil, wasCutShort: Bool = false) {
    self.lines = lines
    self.failure = failure
    self.wasCutShort = wasCutShort
  }
}

/// What a checker came to.
public struct CheckerRun: Hashable, Sendable {
  /// What it printed.
  public var output: String
  /// How it failed, in words that follow "the checker"; nil where it did not.
  public var failure: String?

  public init(output: String, failure: String? = nil) {
    self.output = output
    self.failure = failure
  }
}

/// Why a program cannot be judged: it fails without a crash, or cannot be run here.
public struct ProgramProblem: Error, Hashable, Sendable, CustomStringConvertible {
  public var description: String

  public init(_ description: String) {
    self.description = description
  }
}

extension ProgramUnderTest {
  public static func create(on storage: any Storage, for scenario: Scenario) throws { notOpened() }
  public static func open(on storage: any Storage, for scenario: Scenario) throws -> Self { notOpened() }
  public func perform(_ operation: Operation) throws { Self.notOpened() }
  public func readSegments(_ body: (_ segment: Int, _ bytes: RawSpan) -> Void) throws { Self.notOpened() }

  private static func notOpened() -> Never {
    fatalError("'\(Self.self)' is a program: it is recorded and checked, and never opened in this process")
  }
}
