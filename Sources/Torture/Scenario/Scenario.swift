public import FaultFS

/// What a campaign is to do, as a scenario file says it: the system under test and its options, the workload, the
/// disk, where to crash it, and what to expect.
///
/// A scenario and a seed decide a case completely. `ScenarioReader` makes a scenario from a file, and
/// `ScenarioTable` says what each key means, which values it takes and what it is where the file leaves it out.
/// The JSON form (Codable) has the same keys as the file.
public struct Scenario: Hashable, Sendable, Codable {
  public var name: String
  public var description: String
  public var system: SystemOptions
  /// Nil where the system is not LRVM.
  private var logOfLRVM: LogOptions?
  public var segments: [SegmentOptions]
  public var workload: WorkloadOptions
  public var disk: DiskOptions
  public var crash: CrashOptions
  public var faults: FaultOptions
  public var seeds: SeedOptions
  public var invariants: [Invariant]
  public var sabotage: [SabotageRule]
  public var expect: Expectation

  /// Where the scenario was read from.
  public var source = ScenarioSource(path: "")

  enum CodingKeys: String, CodingKey {
    case name, description, system, segments, workload, disk, crash, faults, seeds, invariants, sabotage,
      expect
    case logOfLRVM = "log"
  }

  /// The sizes of LRVM's log; traps where the system is another.
  public var log: LogOptions {
    get {
      guard let logOfLRVM else { fatalError("the system '\(system.name)' has no log that a scenario sizes") }
      return logOfLRVM
    }
    set { logOfLRVM = newValue }
  }

  /// Whether the system is LRVM, which has options outside the section `system` too.
  var isOfLRVM: Bool { system.name == Systems.lrvm }

  /// The name that the log has in every scenario; no segment may take it.
  public static let logName = "log"
}

/// The file that a scenario was read from: for messages only. It takes no part in equality and is not encoded, so
/// that a scenario is the same wherever its file lies.
public struct ScenarioSource: Hashable, Sendable {
  public var path: String

  public init(path: String) {
    self.path = path
  }

  public static func == (_: ScenarioSource, _: ScenarioSource) -> Bool { true }
  public func hash(into _: inout Hasher) {}
}

/// The log's sizes.
public struct LogOptions: Hashable, Sendable, Codable {
  /// The record area's length, in sectors of the log.
  public var recordSectors: Int
  /// A sector's length in bytes.
  public var sector: Int
  /// A status block's length in bytes.
  public var statusLength: Int

  /// The record area's length in bytes.
  public var recordAreaLength: Int { recordSectors * sector }

  enum CodingKeys: String, CodingKey {
    case recordSectors = "record_sectors"
    case sector
    case statusLength = "status_length"
  }
}

/// An external data segment: a file that starts as zeros.
public struct SegmentOptions: Hashable, Sendable, Codable {
  /// The file's name.
  public var name: String
  /// In bytes.
  public var length: Int

  public init(name: String, length: Int) {
    self.name = name
    self.length = length
  }
}

/// Which seeds a campaign runs unless the command line says otherwise.
public struct SeedOptions: Hashable, Sendable, Codable {
  public var first: UInt64
  public var count: Int
}

/// What is checked of every recovered state.
public enum Invariant: String, Hashable, Sendable, Codable, CaseIterable {
  /// The state is the one after a prefix of the commit order that is neither shorter than what was promised nor
  /// longer than what was attempted.
  case durability
  /// The workload's own invariant.
  case workload
  /// Recovering a recovered disk changes nothing.
  case fixpoint
}

/// What a campaign over the scenario is to find.
public enum Expectation: String, Hashable, Sendable, Codable, CaseIterable {
  case clean, violation
}
