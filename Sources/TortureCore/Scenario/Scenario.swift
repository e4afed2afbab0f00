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
  /// The sections that the system declares (`SystemUnderTest.sections`), by their names.
  public var sections: [String: SectionValues]
  public var segments: [SegmentOptions]
  public var workload: WorkloadOptions
  public var disk: DiskOptions
  public var crash: CrashOptions
  public var faults: FaultOptions
  public var threads: ThreadOptions
  public var seeds: SeedOptions
  public var invariants: [Invariant]
  public var sabotage: [SabotageRule]
  public var expect: Expectation

  /// Where the scenario was read from.
  public var source = ScenarioSource(path: "")

  /// The keys of every scenario, in the order of the schema. Sections of the system's own come beside them.
  enum CodingKeys: String, CodingKey, CaseIterable {
    case name, description, system, segments, workload, disk, crash, faults, threads, seeds, invariants,
      sabotage, expect
  }

  /// Whether the harness drives the system, with transactions on segments; a program under test drives itself.
  package var hasWorkload: Bool { workload != .none }

  /// The section `name` of the system's own; traps where the system declares none of that name.
  public func section(_ name: String) -> SectionValues {
    guard let section = sections[name] else {
      fatalError("the system '\(system.name)' has no section '\(name)'; declare it in 'sections'")
    }
    return section
  }
}

extension Scenario {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    name = try fields.decode(String.self, forKey: .name)
    description = try fields.decode(String.self, forKey: .description)
    system = try fields.decode(SystemOptions.self, forKey: .system)
    segments = try fields.decodeIfPresent([SegmentOptions].self, forKey: .segments) ?? []
    workload = try fields.decodeIfPresent(WorkloadOptions.self, forKey: .workload) ?? .none
    disk = try fields.decode(DiskOptions.self, forKey: .disk)
    crash = try fields.decode(CrashOptions.self, forKey: .crash)
    faults = try fields.decode(FaultOptions.self, forKey: .faults)
    threads = try fields.decodeIfPresent(ThreadOptions.self, forKey: .threads) ?? .none
    seeds = try fields.decode(SeedOptions.self, forKey: .seeds)
    invariants = try fields.decodeIfPresent([Invariant].self, forKey: .invariants) ?? [.durability]
    sabotage = try fields.decodeIfPresent([SabotageRule].self, forKey: .sabotage) ?? []
    expect = try fields.decode(Expectation.self, forKey: .expect)
    sections = [:]
    let all = try decoder.container(keyedBy: FreeKey.self)
    for key in all.allKeys where CodingKeys(rawValue: key.stringValue) == nil {
      sections[key.stringValue] = SectionValues(
        name: key.stringValue, values: try all.decode([String: OptionValue].self, forKey: key))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(name, forKey: .name)
    try fields.encode(description, forKey: .description)
    try fields.encode(system, forKey: .system)
    if hasWorkload {
      try fields.encode(segments, forKey: .segments)
      try fields.encode(workload, forKey: .workload)
      try fields.encode(invariants, forKey: .invariants)
      try fields.encode(sabotage, forKey: .sabotage)
      try fields.encode(threads, forKey: .threads)
    }
    try fields.encode(disk, forKey: .disk)
    try fields.encode(crash, forKey: .crash)
    try fields.encode(faults, forKey: .faults)
    try fields.encode(seeds, forKey: .seeds)
    try fields.encode(expect, forKey: .expect)
    var all = encoder.container(keyedBy: FreeKey.self)
    for (name, section) in sections { try all.encode(section.values, forKey: FreeKey(name)) }
  }
}

extension WorkloadOptions {
  /// That of a program under test, which has a workload of its own: no transactions.
  static let none = WorkloadOptions(
    kind: .bytes, transactions: 0, clients: 1, objects: 0, rangesMax: 0, rangeLengthMax: 0,
    mix: EndingWeights(commitFlush: 0, commitNoFlush: 0, abort: 0, drop: 0),
    between: BetweenWeights(flush: 0, truncate: 0, truncateStep: 0, remap: 0, reopen: 0, none: 0),
    noRestore: 0)
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
