/// What several keys of a scenario say together, once each is right by itself.
public enum ScenarioConsistency {
  /// A problem at a path of the file, such as `workload.clients` or `segments[0].name`.
  public struct Problem: Hashable, Sendable {
    public var path: String
    /// What was expected there, and what was found.
    public var message: String

    public init(path: String, message: String) {
      self.path = path
      self.message = message
    }
  }

  package static func problems(of scenario: Scenario) -> [Problem] {
    let ofAll = diskProblems(scenario.disk) + faultProblems(scenario)
    if !scenario.hasWorkload { return ofAll }
    let threads = ThreadParts.problems(of: scenario)
    return ofAll + names(scenario) + weights(scenario)
      + (threads.isEmpty ? WorkloadDemands.problems(of: scenario) : threads)
  }

  private static func names(_ scenario: Scenario) -> [Problem] {
    var problems: [Problem] = []
    var seen: Set<String> = []
    for (index, segment) in scenario.segments.enumerated() {
      let path = "segments[\(index)].name"
      if segment.name == "." || segment.name == ".." {
        problems.append(Problem(path: path, message: "\(path): expected a file name other than '.' and '..'"))
      }
      if !seen.insert(segment.name).inserted {
        problems.append(
          Problem(path: path, message: "\(path): expected different names, found '\(segment.name)' twice"))
      }
    }
    return problems
  }

  private static func weights(_ scenario: Scenario) -> [Problem] {
    var problems: [Problem] = []
    if scenario.workload.mix.all.allSatisfy({ $0 == 0 }) {
      problems.append(
        Problem(path: "workload.mix", message: "workload.mix: expected a weight above 0, found none"))
    }
    if scenario.workload.between.all.allSatisfy({ $0 == 0 }) {
      problems.append(
        Problem(path: "workload.between", message: "workload.between: expected a weight above 0, found none"))
    }
    return problems
  }
}

extension EndingWeights {
  /// In the order of the table.
  package var all: [Int] { [commitFlush, commitNoFlush, abort, drop] }
}

extension BetweenWeights {
  /// In the order of the table.
  package var all: [Int] { [flush, truncate, truncateStep, remap, reopen, none] }
}
