import TortureCampaign
import TortureCore

extension FaultTable {
  /// Short words for the verdicts in a cell.
  private static let letters: [(verdict: FaultVerdict, letters: String)] = [
    (.durableAtomic, "DA"), (.unknownThenStable, "U"), (.detected, "DE"), (.atomic, "A"),
    (.undetectable, "UF"),
    (.violation, "V"),
  ]

  /// The table as lines of Markdown: for each system, faults by profiles.
  package var markdown: [String] {
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
