import FoundationEssentials
import SystemPackage

/// A file that replays one failure exactly: the case, and what was found in it.
///
/// It holds the whole scenario, so it needs no other file. Any change that makes an old reproducer mean something
/// else raises `currentVersion`; a reproducer of another version is refused, never guessed at.
public struct Reproducer: Codable, Hashable, Sendable {
  /// Says what the file is.
  public static let format = "lrvm-torture reproducer"
  /// The version that this program writes and reads.
  public static let currentVersion = 1

  /// Always `Reproducer.format`.
  public private(set) var format = Reproducer.format
  /// Always `Reproducer.currentVersion`.
  public private(set) var version = Reproducer.currentVersion
  /// The scenario as it ran.
  public var scenario: Scenario
  /// The case's seed.
  public var seed: UInt64
  /// What was found.
  public var finding: Finding

  /// The reproducer of `finding` in the case of `scenario` and `seed`.
  public init(scenario: Scenario, seed: UInt64, finding: Finding) {
    self.scenario = scenario
    self.seed = seed
    self.finding = finding
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
    guard heading.version == currentVersion else {
      throw ReproducerError(path: path, cause: .otherVersion(heading.version))
    }
    do {
      let reproducer = try JSONText.decode(Reproducer.self, from: text)
      // Anybody may have edited the file: its scenario must be one that a scenario file could say.
      _ = try ScenarioReader.read(Array(JSONText.line(reproducer.scenario).utf8), file: path)
      return reproducer
    } catch {
      throw ReproducerError(path: path, cause: .malformed("\(error)"))
    }
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
      "'\(path)' is a reproducer of version \(version), and this program reads version "
        + "\(Reproducer.currentVersion); replay it with the program that wrote it"
    case .notApplicable(let reason):
      "the reproducer '\(path)' no longer applies: \(reason); replay it with the program that wrote it"
    }
  }
}
