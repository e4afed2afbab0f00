/// What several keys of a scenario say together, once each is right by itself.
enum ScenarioConsistency {
  /// A problem at a path of the file (see `ScenarioMarks`).
  struct Problem: Hashable {
    var path: String
    var message: String
  }

  static func problems(of scenario: Scenario) -> [Problem] {
    sizes(scenario) + diskProblems(scenario.disk) + faultProblems(scenario.faults, on: scenario.disk)
      + names(scenario) + weights(scenario) + WorkloadDemands.problems(of: scenario)
  }

  private static func sizes(_ scenario: Scenario) -> [Problem] {
    guard scenario.isOfLRVM else { return [] }
    var problems: [Problem] = []
    let sector = scenario.log.sector
    if !scenario.log.statusLength.isMultiple(of: sector) {
      problems.append(
        Problem(
          path: "log.status_length",
          message: "log.status_length: expected a multiple of the log's sector (\(sector)), "
            + "found \(scenario.log.statusLength)"))
    }
    if scenario.disk.sector > sector {
      problems.append(
        Problem(
          path: "disk.sector",
          message: "disk.sector: expected at most the log's sector (\(sector)), found \(scenario.disk.sector)"
        ))
    }
    return problems
  }

  private static func names(_ scenario: Scenario) -> [Problem] {
    var problems: [Problem] = []
    var seen: Set<String> = []
    for (index, segment) in scenario.segments.enumerated() {
      let path = "segments[\(index)].name"
      if scenario.isOfLRVM && segment.name == Scenario.logName || segment.name == "." || segment.name == ".."
      {
        problems.append(
          Problem(path: path, message: "\(path): expected a file name other than 'log', '.' and '..'"))
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
  var all: [Int] { [commitFlush, commitNoFlush, abort, drop] }
}

extension BetweenWeights {
  /// In the order of the table.
  var all: [Int] { [flush, truncate, truncateStep, remap, reopen, none] }
}
