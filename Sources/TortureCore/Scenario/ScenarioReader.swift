internal import Foundation

/// Reads scenario files.
///
/// A file is read in three steps: YAML to a node tree, the tree against `ScenarioTable` (keys, types, ranges,
/// defaults), and then what several keys say together. Every problem that a step finds is reported, in the order of
/// the file; a step starts only where the one before found none.
public enum ScenarioReader {
  /// The scenario that the bytes of a file say.
  ///
  /// - Parameters:
  ///   - file: the file's path, for messages.
  ///   - systems: the systems that it may name.
  public static func read(
    _ bytes: [UInt8], file: String, systems: Systems = .known
  ) throws(ScenarioProblems) -> Scenario {
    let reading = try Reading(bytes, file: file, systems: systems)
    var scenario = decode(reading.value)
    scenario.source = ScenarioSource(path: file)
    guard let system = systems[scenario.system.name] else {
      fatalError("the scenario table allows the system '\(scenario.system.name)', which is not known")
    }
    let traits = system.traits(for: scenario)
    // The default weights are for a system that can; nobody asked for what this one cannot do.
    if !traits.commitsWithoutFlush && !reading.marks.has("workload.mix") {
      scenario.workload.mix.commitNoFlush = 0
    }
    // Who names kinds wants to know what each of their calls does.
    if reading.marks.has("faults.kinds") && !reading.marks.has("faults.placement") {
      scenario.faults.placement = .every
    }
    if system is any ProgramUnderTest.Type || scenario.disk.fileSystem != .none {
      // Each recovery is a process of its own; a program's checker goes on by itself.
      if !reading.marks.has("faults.kinds") { scenario.faults.kinds = [] }
      if !reading.marks.has("crash.goes_on_transactions") { scenario.crash.goesOnTransactions = 0 }
    } else if !reading.marks.has("faults.kinds") {
      scenario.faults.keepKinds(of: scenario.disk)
      scenario.faults.keepKinds(of: scenario.threads)
    }
    let found =
      ScenarioConsistency.problems(of: scenario)
      + ScenarioConsistency.fileSystemProblems(scenario, systems) + traits.problems(of: scenario)
      + system.problems(of: scenario)
    let problems = found.map { problem in
      let mark = reading.marks.mark(of: problem.path)
      return ScenarioProblem(file: file, line: mark.line, column: mark.column, message: problem.message)
    }
    guard problems.isEmpty else { throw ScenarioProblems(inOrder: problems) }
    return scenario
  }

  /// The scenario in the file at `path`.
  public static func load(_ path: String) throws(ScenarioProblems) -> Scenario {
    try read(contents(of: path), file: path)
  }

  private static func contents(of path: String) throws(ScenarioProblems) -> [UInt8] {
    do {
      let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? file.close() }
      // One byte more than is allowed shows that there is too much, without reading all of it.
      return Array(try file.read(upToCount: YAMLTree.lengthMax + 1) ?? Data())
    } catch {
      let message = "cannot read the scenario: \(error.localizedDescription)"
      throw ScenarioProblems(problems: [ScenarioProblem(file: path, line: 0, column: 0, message: message)])
    }
  }

  /// The complete scenario as the reader would have it from a file in which nothing is left out.
  package static func value(of scenario: Scenario) -> ScenarioValue {
    do {
      let encoder = JSONEncoder()
      // YAML 1.1, which the parser speaks, has no escape for a slash.
      encoder.outputFormatting = .withoutEscapingSlashes
      return try Reading(Array(try encoder.encode(scenario)), file: "scenario", systems: .known).value
    } catch {
      fatalError("a scenario has a value that no file could give it: \(error)")
    }
  }

  private static func decode(_ value: ScenarioValue) -> Scenario {
    do {
      return try JSONDecoder().decode(Scenario.self, from: Data(value.json().utf8))
    } catch {
      fatalError("the scenario table allows what Scenario cannot hold: \(error)")
    }
  }
}

extension Scenario {
  /// Every option of the scenario, those included that its file leaves to their defaults, as YAML that reads back
  /// as the same scenario. A run prints it at its start.
  public var derivedOptions: String {
    ScenarioReader.value(of: self).yaml()
  }
}

extension ScenarioProblems {
  /// The problems of one file, sorted by place.
  init(inOrder problems: [ScenarioProblem]) {
    self.init(
      problems: problems.sorted { ($0.line, $0.column, $0.message) < ($1.line, $1.column, $1.message) })
  }
}
