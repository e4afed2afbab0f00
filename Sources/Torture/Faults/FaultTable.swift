import FaultFS

/// What faults came to under each profile, system by system: reports/fault-table.json, and the table in the documents.
public struct FaultTable: Codable, Hashable, Sendable {
  /// One system, one profile, one kind of fault.
  public struct Row: Codable, Hashable, Sendable {
    /// The name of the scenario that runs it.
    public var system: String
    public var profile: String
    /// The kind of fault, or `power-loss` for power cuts alone.
    public var fault: String
    /// Runs that a fault struck; for power cuts alone, crash points.
    public var cases: Int
    /// Crash states that were recovered and judged.
    public var states: Int
    /// How many of the cases ended in each verdict, all verdicts named; empty for power cuts alone, of which
    /// only `violations` tells.
    public var verdicts: [String: Int]
    public var violations: Int
  }

  public var rows: [Row]

  /// The row of what power cuts alone leave.
  static let powerLoss = "power-loss"

  /// A system, profile and fault to be run, as a scenario of its own.
  struct Entry {
    var system: String
    var profile: DiskOptions.Profile
    var fault: String
    var scenario: Scenario

    /// The row that the entry's figures make.
    func row(_ figures: Summary.Figures) -> Row {
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

  /// Every system with every profile and every kind of fault that makes sense on it.
  static func entries(_ systems: [Scenario]) -> [Entry] {
    systems.flatMap { system in
      DiskOptions.Profile.allCases.flatMap { profile in
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

  // MARK: As Markdown

  /// Short words for the verdicts in a cell.
  private static let letters: [(verdict: FaultVerdict, letters: String)] = [
    (.durableAtomic, "DA"), (.unknownThenStable, "U"), (.detected, "DE"), (.atomic, "A"), (.undetectable, "UF"),
    (.violation, "V"),
  ]

  /// The table as lines of Markdown: for each system, faults by profiles.
  public var markdown: [String] {
    var lines: [String] = []
    for system in unique(\.system) {
      let own = rows.filter { $0.system == system }
      let profiles = unique(\.profile, of: own)
      lines += ["", "### \(system)", ""]
      lines.append("| fault | " + profiles.map { "`\($0)`" }.joined(separator: " | ") + " |")
      lines.append("|---|" + String(repeating: "---|", count: profiles.count))
      for fault in unique(\.fault, of: own) {
        let cells = profiles.map { profile in
          own.first { $0.profile == profile && $0.fault == fault }.map(Self.cell) ?? "–"
        }
        lines.append("| \(fault) | " + cells.joined(separator: " | ") + " |")
      }
      let sums = [\Row.cases, \.states, \.violations].map { sum in own.reduce(0) { $0 + $1[keyPath: sum] } }
      lines += [
        "",
        "\(system): \(Figure.grouped(sums[0])) cases, \(Figure.grouped(sums[1])) crash states, "
          + "\(Figure.grouped(sums[2])) violations.",
      ]
    }
    return lines
  }

  private static func cell(_ row: Row) -> String {
    if row.verdicts.isEmpty {
      let states = "\(Figure.grouped(row.states)) states"
      return row.violations == 0 ? states : "**\(Figure.grouped(row.violations)) V** in \(states)"
    }
    let counts = letters.compactMap { verdict, letters in
      row.verdicts[verdict.rawValue].flatMap { count in
        count == 0 ? nil : verdict == .violation ? "**\(count) V**" : "\(count) \(letters)"
      }
    }
    return counts.isEmpty ? "0" : counts.joined(separator: ", ")
  }

  /// The values of a column, each once, in the order of the rows.
  private func unique(_ column: KeyPath<Row, String>, of rows: [Row]? = nil) -> [String] {
    var seen: Set<String> = []
    return (rows ?? self.rows).map { $0[keyPath: column] }.filter { seen.insert($0).inserted }
  }
}
