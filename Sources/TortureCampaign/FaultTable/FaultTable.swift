import FaultFS
package import TortureCore

/// What faults came to under each profile, system by system: reports/fault-table.json, and the table in the documents.
package struct FaultTable: Codable, Hashable, Sendable {
  /// One system, one profile, one kind of fault.
  package struct Row: Codable, Hashable, Sendable {
    /// The name of the scenario that runs it.
    package var system: String
    package var profile: String
    /// The kind of fault, or `power-loss` for power cuts alone.
    package var fault: String
    /// Runs that a fault struck; for power cuts alone, crash points.
    package var cases: Int
    /// Crash states that were recovered and judged.
    package var states: Int
    /// How many of the cases ended in each verdict, all verdicts named; empty for power cuts alone, of which
    /// only `violations` tells.
    package var verdicts: [String: Int]
    package var violations: Int
  }

  package var rows: [Row]

  package init(rows: [Row]) { self.rows = rows }

  /// The row of what power cuts alone leave.
  static let powerLoss = "power-loss"

  /// A system, profile and fault to be run, as a scenario of its own.
  package struct Entry {
    package var system: String
    package var profile: DiskOptions.Profile
    package var fault: String
    package var scenario: Scenario

    /// The row that the entry's figures make.
    package func row(_ figures: Summary.Figures) -> Row {
      guard let tally = figures.faults[fault] else {
        return Row(
          system: system, profile: profile.rawValue, fault: fault,
          cases: fault == FaultTable.powerLoss ? figures.cases : 0, states: figures.crashStatesExecuted,
          verdicts: [:], violations: figures.violations)
      }
      let verdicts = FaultVerdict.allCases.map { ($0.rawValue, tally.count($0)) }
      return Row(
        system: system, profile: profile.rawValue, fault: fault, cases: tally.runs, states: tally.crashStates,
        verdicts: Dictionary(uniqueKeysWithValues: verdicts), violations: tally.violations)
    }
  }

  /// Every system with every profile of its kind, disks or memory, and every fault that makes sense on it.
  package static func entries(_ systems: [Scenario]) -> [Entry] {
    systems.flatMap { system in
      (system.disk.profile.isMemory ? DiskOptions.Profile.memories : DiskOptions.Profile.disks).flatMap {
        profile in
        ([nil] + system.faults.kinds.map(Optional.some)).compactMap { kind in
          var scenario = system
          scenario.disk.profile = profile
          scenario.faults.kinds = kind.map { [$0] } ?? []
          let fault = kind?.rawValue ?? powerLoss
          scenario.name = "\(system.name)-\(profile.rawValue)-\(fault)"
          guard ScenarioConsistency.problems(of: scenario).isEmpty else { return nil }
          return Entry(system: system.name, profile: profile, fault: fault, scenario: scenario)
        }
      }
    }
  }
}
