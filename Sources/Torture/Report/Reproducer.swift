import FoundationEssentials
import SystemPackage

/// A file that replays one failure exactly: the case, and what was found in it.
///
/// It holds the whole scenario, so it needs no other file. Any change that makes an old reproducer mean something
/// else raises the version; a reproducer of a version that this program does not know is refused, never guessed at.
///
/// Version 1 has a workload that scenario and seed decide. Version 2 is the same with operations of its own, which a
/// program that knows version 1 only would overlook.
public struct Reproducer: Codable, Hashable, Sendable {
  /// Says what the file is.
  public static let format = "lrvm-torture reproducer"
  /// The newest version that this program writes and reads; it reads the older ones too.
  public static let currentVersion = 2

  /// Always `Reproducer.format`.
  public private(set) var format = Reproducer.format
  /// 2 where there are operations, otherwise 1.
  public private(set) var version: Int
  /// The scenario as it ran.
  public var scenario: Scenario
  /// The case's seed.
  public var seed: UInt64
  /// The operations of the workload; nil where scenario and seed decide them.
  public private(set) var operations: [Operation]?
  /// What was found.
  public var finding: Finding

  /// The reproducer of `finding` in the case of `scenario` and `seed`.
  ///
  /// - Parameter operations: what the case ran instead of what scenario and seed decide; nil for nothing else.
  public init(scenario: Scenario, seed: UInt64, operations: [Operation]? = nil, finding: Finding) {
    version = operations == nil ? 1 : 2
    self.scenario = scenario
    self.seed = seed
    self.operations = operations
    self.finding = finding
  }

  /// The case that it replays.
  var testCase: TestCase {
    guard let operations else { return TestCase(scenario, seed: seed) }
    return TestCase(scenario, seed: seed, workload: Workload(operations: operations))
  }

  /// The file's text: indented JSON with sorted keys.
  public func text() throws(ReproducerError) -> String {
    do {
      return try JSONText.document(self)
    } catch {
      throw ReproducerError(path: finding.id, cause: .malformed(error.reason))
    }
  }

  /// Reads the reproducer at `path`.
  public static func read(_ path: String) throws(ReproducerError) -> Reproducer {
    let text: String
    do {
      text = try TextFile.read(FilePath(path))
    } catch {
      throw ReproducerError(path: path, cause: .unreadable(error.reason))
    }
    return try parse(text, path: path)
  }

  /// Reads a reproducer from its text; errors name `path`.
  public static func parse(_ text: String, path: String) throws(ReproducerError) -> Reproducer {
    let heading: Heading
    do {
      heading = try JSONText.decode(Heading.self, from: text)
    } catch {
      throw ReproducerError(path: path, cause: .malformed(error.reason))
    }
    guard heading.format == Reproducer.format else {
      throw ReproducerError(path: path, cause: .otherFormat(heading.format))
    }
    guard (1...currentVersion).contains(heading.version) else {
      throw ReproducerError(path: path, cause: .otherVersion(heading.version))
    }
    do {
      let reproducer = try JSONText.decode(Reproducer.self, from: text)
      // Anybody may have edited the file: its scenario must be one that a scenario file could say.
      _ = try ScenarioReader.read(Array(JSONText.line(reproducer.scenario).utf8), file: path)
      try check(reproducer)
      return reproducer
    } catch {
      throw ReproducerError(path: path, cause: .malformed("\(error)"))
    }
  }

  /// Throws where the operations do not fit the version or the scenario.
  private static func check(_ reproducer: Reproducer) throws(JSONTextError) {
    guard (reproducer.operations != nil) == (reproducer.version > 1) else {
      throw JSONTextError(
        reason:
          "version \(reproducer.version) of a reproducer has \(reproducer.version > 1 ? "" : "no ")operations"
      )
    }
    guard let operations = reproducer.operations,
      let problem = Workload.problem(of: operations, in: reproducer.scenario)
    else { return }
    throw JSONTextError(reason: problem)
  }

  /// The two fields that every version of the format has.
  private struct Heading: Decodable {
    var format: String
    var version: Int
  }
}

/// A reproducer that cannot be replayed.
public struct ReproducerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Why.
  public enum Cause: Hashable, Sendable {
    /// The file cannot be read, for the reason given.
    case unreadable(String)
    /// The file is not JSON, or a key is missing or of the wrong type.
    case malformed(String)
    /// The file says that it is something else.
    case otherFormat(String)
    /// The file is a reproducer of another version.
    case otherVersion(Int)
    /// The program has changed so that it does not arrive at the crash.
    case notApplicable(String)
  }

  /// The file.
  public var path: String
  /// What is wrong with it.
  public var cause: Cause

  /// An error about `path`.
  public init(path: String, cause: Cause) {
    self.path = path
    self.cause = cause
  }

  public var description: String {
    switch cause {
    case .unreadable(let reason):
      "cannot read the reproducer '\(path)': \(reason)"
    case .malformed(let reason):
      "'\(path)' is not a reproducer: \(reason); pass a reproducer.json from a report's failures folder"
    case .otherFormat(let format):
      "'\(path)' is not a reproducer: its format is '\(format)', expected '\(Reproducer.format)'"
    case .otherVersion(let version):
      "'\(path)' is a reproducer of version \(version), and this program reads versions 1 to "
        + "\(Reproducer.currentVersion); replay it with the program that wrote it"
    case .notApplicable(let reason):
      "the reproducer '\(path)' no longer applies: \(reason); replay it with the program that wrote it"
    }
  }
}
