internal import LRVM
public import TortureCore

/// What a scenario says of LRVM: options in the section `system`, and the sizes of its log in a section of its own.
extension LRVMSystem {
  public static var options: [SystemOption] {
    [
      .choice(
        "truncation", of: SystemOptions.Truncation.allCases.map(\.rawValue), default: "epoch",
        "How the log is truncated."),
      .choice(
        "log_writes", of: ["buffered", "durable"], default: "buffered",
        "Whether the log is written and then synced, or each write of it is durable when it returns."),
      .number(
        "truncation_threshold", 0.05...1, default: 0.5,
        "The share of the log's record area whose use starts truncation."),
      .integer(
        "truncation_steps_per_operation", 0...1000, default: 1,
        "How many steps of truncation the scheduler takes between two operations."),
      .integer(
        "spool_limit", 0...16_777_216, default: 4096,
        "How many bytes commits without flush may hold in memory before they go to the log."),
      .choice(
        "mapping", of: ["copying", "on_demand"], default: "copying",
        "How the bytes of a region come into memory: all when it is mapped, or each page when it is touched."),
      .integer(
        "regions", 1...16, default: 1, "In how many regions of equal length each segment is mapped."),
      .boolean(
        "checked", default: true, "Whether stores outside every declared range are looked for at commit."),
      .boolean(
        "optimizations", default: true,
        "Whether the intra- and inter-transaction optimizations of the log are on."),
    ]
  }

  public static var sections: [SystemSection] {
    [
      SystemSection(
        LogOptions.section,
        [
          .integer(
            "record_sectors", 4...65536, default: 16, "The length of the log's record area, in its sectors."),
          .integer("sector", of: [512, 4096], default: 512, "The length of a log sector in bytes."),
          .integer(
            "status_length", 512...65536, multipleOf: 512, default: 512,
            "The length of a status block in bytes, a multiple of the log's sector."),
        ], "The sizes of LRVM's log, whose file is named 'log'; no other system has it.")
    ]
  }

  public static func problems(of scenario: Scenario) -> [ScenarioConsistency.Problem] {
    var problems: [ScenarioConsistency.Problem] = []
    let log = scenario.log
    if !log.statusLength.isMultiple(of: log.sector) {
      problems.append(
        .init(
          path: "log.status_length",
          message: "log.status_length: expected a multiple of the log's sector (\(log.sector)), "
            + "found \(log.statusLength)"))
    }
    if scenario.disk.sector > log.sector {
      problems.append(
        .init(
          path: "disk.sector",
          message: "disk.sector: expected at most the log's sector (\(log.sector)), found "
            + "\(scenario.disk.sector)"))
    }
    if scenario.system.mapsOnDemand && scenario.disk.fileSystem == .none {
      problems.append(
        .init(
          path: "system.mapping",
          message:
            "system.mapping: expected copying, since only files of a real file system (disk.filesystem) are mapped on "
            + "demand, found on_demand"))
    }
    let regions = scenario.system.regions
    for (index, segment) in scenario.segments.enumerated()
    where !segment.length.isMultiple(of: regions * 4096) {
      problems.append(
        .init(
          path: "segments[\(index)].length",
          message:
            "segments[\(index)].length: expected a multiple of \(regions * 4096), 4096 bytes for each of the "
            + "\(regions) regions, found \(segment.length)"))
    }
    if regions > 1 && scenario.threads.count > 0 {
      problems.append(
        .init(
          path: "system.regions",
          message: "system.regions: expected 1, since each thread has a region of its own, found \(regions)"))
    }
    for (index, segment) in scenario.segments.enumerated() where segment.name == logName {
      let path = "segments[\(index)].name"
      problems.append(
        .init(
          path: path, message: "\(path): expected a file name other than '\(logName)', which is the log's"))
    }
    return problems
  }

  public static func summary(of scenario: Scenario) -> String {
    "log of \(scenario.log.recordSectors) x \(scenario.log.sector) B"
  }

  /// A shorter log, and no truncation beside the workload.
  public static func simplifications(of scenario: Scenario) -> [Scenario] {
    var shorter = scenario
    let count = scenario.log.recordSectors
    shorter.log.recordSectors = max(min(count, 4), count / 2)
    var still = scenario
    still.system.truncationStepsPerOperation = 0
    return [shorter, still]
  }

  /// The three ranges of the standard alphabet, for sectors of the log: the second takes most of a log of four sectors,
  /// and makes the next one wrap around.
  public static func alphabet(of scenario: Scenario) throws(AlphabetError) -> Alphabet {
    let alphabet = try Alphabet(
      of: scenario, ranges: Alphabet.ranges(sector: scenario.log.sector),
      extras: [.commitNoFlush, .truncateStep], rules: Set(SequenceRule.allCases),
      truncatesFromLog: scenario.system.truncation == .epoch, sortsRanges: scenario.system.optimizations,
      recordBytesMax: scenario.log.recordSectors * scenario.log.shape.payloadLength, bytesPerRange: 32)
    guard scenario.system.truncationStepsPerOperation == 0 else {
      throw AlphabetError(
        scenario,
        "system.truncation_steps_per_operation is \(scenario.system.truncationStepsPerOperation); set it to 0, "
          + "since truncation steps are operations of the sequences themselves")
    }
    return alphabet
  }
}

/// The sizes of LRVM's log: the section `log` of a scenario.
public struct LogOptions: Hashable, Sendable {
  static let section = "log"

  /// The record area's length, in sectors of the log.
  public var recordSectors: Int
  /// A sector's length in bytes.
  public var sector: Int
  /// A status block's length in bytes.
  public var statusLength: Int

  /// The record area's length in bytes.
  public var recordAreaLength: Int { recordSectors * sector }
  /// The same for the engine.
  var shape: LogShape {
    LogShape(recordSectors: recordSectors, sectorLength: sector, statusLength: statusLength)
  }
}

extension Scenario {
  /// The sizes of LRVM's log; traps where the system is another.
  public var log: LogOptions {
    get {
      let section = section(LogOptions.section)
      return LogOptions(
        recordSectors: section.integer("record_sectors"), sector: section.integer("sector"),
        statusLength: section.integer("status_length"))
    }
    set {
      sections[LogOptions.section] = SectionValues(
        name: LogOptions.section,
        values: [
          "record_sectors": .number(Double(newValue.recordSectors)),
          "sector": .number(Double(newValue.sector)),
          "status_length": .number(Double(newValue.statusLength)),
        ])
    }
  }
}

/// The options of LRVM; traps where the system is another.
extension SystemOptions {
  /// How LRVM's log is truncated.
  public enum Truncation: String, Hashable, Sendable, CaseIterable {
    case epoch, incremental
  }

  public var truncation: Truncation {
    get {
      guard let method = Truncation(rawValue: text("truncation")) else {
        fatalError("'\(text("truncation"))' is no method of truncation")
      }
      return method
    }
    set { values["truncation"] = .text(newValue.rawValue) }
  }

  /// Whether each write of LRVM's log is durable when it returns.
  public var writesLogDurably: Bool {
    get { text("log_writes") == "durable" }
    set { values["log_writes"] = .text(newValue ? "durable" : "buffered") }
  }

  /// The share of the log's record area whose use starts truncation.
  public var truncationThreshold: Double {
    get { number("truncation_threshold") }
    set { values["truncation_threshold"] = .number(newValue) }
  }

  /// How many steps of truncation's state machine the scheduler takes between two operations.
  public var truncationStepsPerOperation: Int {
    get { integer("truncation_steps_per_operation") }
    set { values["truncation_steps_per_operation"] = .number(Double(newValue)) }
  }

  /// In bytes.
  public var spoolLimit: Int {
    get { integer("spool_limit") }
    set { values["spool_limit"] = .number(Double(newValue)) }
  }

  /// In how many regions each segment is mapped.
  public var regions: Int {
    get { integer("regions") }
    set { values["regions"] = .number(Double(newValue)) }
  }

  /// How the bytes of a region come into memory.
  var mapping: Mapping { mapsOnDemand ? .onDemand : .copying }

  /// Whether a page comes into memory when it is touched.
  var mapsOnDemand: Bool { text("mapping") == "on_demand" }

  public var checked: Bool {
    get { boolean("checked") }
    set { values["checked"] = .boolean(newValue) }
  }

  /// Whether the intra- and inter-transaction log optimizations are on.
  public var optimizations: Bool {
    get { boolean("optimizations") }
    set { values["optimizations"] = .boolean(newValue) }
  }
}
