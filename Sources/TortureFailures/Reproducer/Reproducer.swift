import FoundationEssentials
import SystemPackage
import TextFiles
package import TortureCore

/// A file that replays one failure exactly: the case, and what was found in it.
///
/// It holds the whole scenario, and every operation of the workload, so it needs no other file, and lasts when the
/// workloads' generators change. Any change that makes an old reproducer mean something else raises the version; a
/// reproducer of a version that this program does not know is refused, never guessed at. Keys of a scenario that are
/// newer than the reproducer have their defaults, but for faults and work after a recovery: it had none.
///
/// Version 2 has the operations. In version 1, which is read but no longer written (unless drawing the operations is what
/// trapped), scenario and seed decide them.
package struct Reproducer: Codable, Hashable, Sendable {
  /// Says what the file is.
  package static let format = "lrvm-torture reproducer"
  /// The newest version that this program writes and reads; it reads the older ones too.
  package static let currentVersion = 2

  /// Always `Reproducer.format`.
  package private(set) var format = Reproducer.format
  /// 2 where there are operations, otherwise 1.
  package private(set) var version: Int
  /// The scenario as it ran.
  package var scenario: Scenario
  /// The case's seed.
  package var seed: UInt64
  /// The operations of the workload; nil where scenario and seed decide them.
  package private(set) var operations: [Operation]?
  /// What was found.
  package var finding: Finding
  /// How it was made smaller; nil where nobody has.
  package var shrinking: ShrinkProgress?

  /// The reproducer of `finding` in the case of `scenario` and `seed`.
  ///
  /// - Parameter operations: what the case ran; nil for what scenario and seed decide.
  package init(scenario: Scenario, seed: UInt64, operations: [Operation]? = nil, finding: Finding) {
    var operations = operations
    // What trapped while the operations were drawn would trap again here.
    if operations == nil, finding.trap?.isOfHarness != true {
      operations = Workload(scenario: scenario, seed: seed).operations
    }
    version = operations == nil ? 1 : 2
    self.scenario = scenario
    self.seed = seed
    self.operations = operations
    self.finding = finding
  }

  /// The same case with its operations in it.
  package func withOperations() -> Reproducer {
    operations == nil ? with(operations: testCase.workload.operations) : self
  }

  /// The same failure with other operations.
  package func with(operations: [Operation]) -> Reproducer {
    var reproducer = self
    reproducer.version = 2
    reproducer.operations = operations
    return reproducer
  }

  /// The case that it replays.
  package var testCase: TestCase {
    guard let operations else { return TestCase(scenario, seed: seed, schedule: finding.schedule) }
    return TestCase(
      scenario, seed: seed, workload: Workload(operations: operations), schedule: finding.schedule)
  }

  /// The file's text: indented JSON with sorted keys.
  package func text() throws(ReproducerError) -> String {
    do {
      return try JSONText.document(self)
    } catch {
      throw ReproducerError(path: finding.id, cause: .malformed(error.reason))
    }
  }

  /// The file at `path`; for the folder of a failure in a report, the smallest reproducer in it.
  package static func file(_ path: String) -> String {
    guard (try? FileTree.type(of: FilePath(path))) == .directory else { return path }
    let smaller = FilePath(path).appending("reproducer.shrunk.json")
    let isThere = (try? FileTree.type(of: smaller)) == .regular
    return isThere ? smaller.string : FilePath(path).appending("reproducer.json").string
  }

  /// Reads the reproducer at `path`, a file or the folder of a failure in a report.
  package static func read(_ path: String) throws(ReproducerError) -> Reproducer {
    let path = file(path)
    let text: String
    do {
      text = try TextFile.read(FilePath(path))
    } catch {
      throw ReproducerError(path: path, cause: .unreadable(error.reason))
    }
    return try parse(text, path: path)
  }

  /// Reads a reproducer from its text; errors name `path`.
  package static func parse(_ text: String, path: String) throws(ReproducerError) -> Reproducer {
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
    let scenario = try readScenario(text, path)
    do {
      var fields = try JSONText.decode([String: JSONValue].self, from: text)
      fields[CodingKeys.scenario.rawValue] = try JSONValue(scenario)
      let reproducer = try JSONText.decode(Reproducer.self, from: JSONText.line(fields))
      try check(reproducer)
      return reproducer
    } catch {
      throw ReproducerError(path: path, cause: .malformed("\(error)"))
    }
  }

  /// The reproducer's scenario, read as a file's would be: keys that it lacks have their defaults, and what this
  /// program does not know any more is refused.
  private static func readScenario(_ text: String, _ path: String) throws(ReproducerError) -> Scenario {
    let bytes: [UInt8]
    do {
      let fields = try JSONText.decode([String: JSONValue].self, from: text)
      guard let scenario = fields[CodingKeys.scenario.rawValue] else {
        throw JSONTextError(reason: "the key 'scenario' is missing")
      }
      bytes = Array(try JSONText.line(withoutLaterWork(scenario)).utf8)
    } catch {
      throw ReproducerError(path: path, cause: .malformed("\(error)"))
    }
    do {
      return try ScenarioReader.read(bytes, file: path)
    } catch {
      let reasons = error.problems.map(\.message).joined(separator: "; ")
      throw ReproducerError(
        path: path, cause: .notApplicable("its scenario is not one that this program knows: \(reasons)"))
    }
  }

  /// The scenario of a reproducer that is older than faults, or than work after a recovery: there was none then, and the defaults
  /// are others.
  private static func withoutLaterWork(_ scenario: JSONValue) -> JSONValue {
    guard case .object(var keys) = scenario else { return scenario }
    if keys["faults"] == nil { keys["faults"] = .text("none") }
    if case .object(var crash)? = keys["crash"], crash["goes_on_transactions"] == nil {
      crash["goes_on_transactions"] = .integer(0)
      keys["crash"] = .object(crash)
    }
    return .object(keys)
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

  enum CodingKeys: String, CodingKey {
    case format, version, scenario, seed, operations, finding, shrinking
  }

  /// The two fields that every version of the format has.
  private struct Heading: Decodable {
    var format: String
    var version: Int
  }
}

extension Trap {
  /// Whether it was the harness that trapped, as it does where it draws a workload that is not possible.
  fileprivate var isOfHarness: Bool {
    stack.contains { $0.layer == .harness } && !stack.contains { $0.layer == .store }
  }
}

/// A reproducer that cannot be replayed.
package struct ReproducerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Why.
  package enum Cause: Hashable, Sendable {
    /// The file cannot be read, for the reason given.
    case unreadable(String)
    /// The file is not JSON, or a key is missing or of the wrong type.
    case malformed(String)
    /// The file says that it is something else.
    case otherFormat(String)
    /// The file is a reproducer of another version.
    case otherVersion(Int)
    /// The program has changed so that there is nothing to replay: the system or an option of it is gone.
    case notApplicable(String)
  }

  /// The file.
  package var path: String
  /// What is wrong with it.
  package var cause: Cause

  /// An error about `path`.
  package init(path: String, cause: Cause) {
    self.path = path
    self.cause = cause
  }

  package var description: String {
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
