package import BigInt

/// What one case (a scenario with a seed) came to: one line of results.jsonl.
///
/// Everything here is decided by scenario, seed and program alone. No time, no address, no process number: two runs
/// of the same case give equal results, on any number of jobs.
public struct CaseResult: Codable, Hashable, Sendable {
  /// How a case ended.
  public enum Verdict: String, Codable, Hashable, Sendable, CaseIterable {
    /// Every crash state that was executed recovered to what it owed.
    case clean
    /// At least one crash state recovered to something it must not.
    case violation
    /// The process that ran the case trapped (a failed precondition, a bad index, a bad address).
    case trapped
    /// The case could not be judged: it took too long, or its process was killed from outside.
    case failed
  }

  /// The scenario's name.
  public var scenario: String
  /// What decided the workload, the crash points and the crash states.
  public var seed: UInt64
  /// How the case ended.
  public var verdict: Verdict
  /// Operations of the workload that ran.
  public var operations: Int
  /// Storage calls that the workload made.
  public var storageOperations: Int
  /// Points of the timeline at which power was cut.
  public var crashPoints: Int
  /// Crash states that were recovered and judged, those in recovery included.
  public var crashStates: Int
  /// Of these, the ones where power was cut again during recovery.
  public var recoveryCrashStates: Int
  /// What an exhaustive exploration covered; nil where states were only drawn.
  public var coverage: Coverage?
  /// What the schedules came to; nil where no clients were threads.
  public var schedules: ScheduleCoverage?
  /// Transactions that committed.
  public var commits: Int
  /// Hash of the whole timeline in hexadecimal: equal digests mean that the same bytes were written in the same order.
  public var digest: String
  /// How often each rare state was reached, by its name; 0 for one that was never reached.
  public var marks: [String: Int]
  /// What the runs with faults came to, by the kind of fault, or by how several were put together; empty where the
  /// scenario has none.
  public var faults: [String: FaultTally]
  /// How many crash states violated something; `findings` holds some of them.
  public var violationCount: Int
  /// At most `findingsMax` violations in the order in which they were met: the first of each kind of failure, and of the
  /// rest the first as far as there is room; for a trap, the trap.
  public var findings: [Finding]
  /// Why a case that failed could not be judged.
  public var reason: String?
  /// In what a second run of the case differs; nil where there was none, or it does not.
  public var difference: CaseDifference?

  /// How many findings a case keeps.
  public static let findingsMax = 8

  /// A result with nothing found.
  public init(
    scenario: String, seed: UInt64, verdict: Verdict = .clean, operations: Int = 0,
    storageOperations: Int = 0,
    crashPoints: Int = 0, crashStates: Int = 0, recoveryCrashStates: Int = 0, commits: Int = 0,
    digest: String = "",
    marks: [String: Int] = [:], faults: [String: FaultTally] = [:], violationCount: Int = 0,
    findings: [Finding] = [], reason: String? = nil
  ) {
    self.scenario = scenario
    self.seed = seed
    self.verdict = verdict
    self.operations = operations
    self.storageOperations = storageOperations
    self.crashPoints = crashPoints
    self.crashStates = crashStates
    self.recoveryCrashStates = recoveryCrashStates
    self.commits = commits
    self.digest = digest
    self.marks = marks
    self.faults = faults
    self.violationCount = violationCount
    self.findings = findings
    self.reason = reason
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case scenario, seed, verdict, operations, commits, coverage, digest, marks, faults, reason,
      difference
    case storageOperations = "storage_operations"
    // `ResultLine` finds the seed right after the scenario.
    case schedules = "threads"
    case crashPoints = "crash_points"
    case crashStates = "crash_states"
    case recoveryCrashStates = "recovery_crash_states"
    case violationCount = "violation_count"
    case findings = "violations"
  }
}

extension CaseResult {
  /// Whether the case speaks against the system under test.
  public var isFinding: Bool { verdict == .violation || verdict == .trapped }

  /// How many legal crash states the executed ones stand for: where states were only drawn, themselves.
  package var covered: BigUInt { coverage?.covered ?? BigUInt(crashStates) }

  /// The names of the JSON fields in which two results of the same case differ, in a fixed order.
  public func differences(from other: CaseResult) -> [String] {
    var names: [String] = []
    func compare<Value: Equatable>(_ key: CodingKeys, _ path: KeyPath<CaseResult, Value>) {
      if self[keyPath: path] != other[keyPath: path] { names.append(key.rawValue) }
    }
    compare(.scenario, \.scenario)
    compare(.seed, \.seed)
    compare(.verdict, \.verdict)
    compare(.digest, \.digest)
    compare(.operations, \.operations)
    compare(.storageOperations, \.storageOperations)
    compare(.commits, \.commits)
    compare(.crashPoints, \.crashPoints)
    compare(.crashStates, \.crashStates)
    compare(.recoveryCrashStates, \.recoveryCrashStates)
    compare(.coverage, \.coverage)
    compare(.schedules, \.schedules)
    compare(.marks, \.marks)
    compare(.faults, \.faults)
    compare(.violationCount, \.violationCount)
    // Where a case was when its time was up is nothing that it decides.
    if verdict != .failed || other.verdict != .failed { compare(.findings, \.findings) }
    compare(.reason, \.reason)
    return names
  }
}
