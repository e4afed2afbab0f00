package import TortureCore

extension WildStores {
  /// A table of what wild stores came to, a row for each scenario and one for all.
  package static func markdown(_ rows: [WildStores]) -> [String] {
    var lines = [
      "",
      "| scenario | wild stores | no harm | refused | wrong | wrong, and found by checksums | wrong or refused, protected |",
      "|---|---|---|---|---|---|---|",
    ]
    for row in rows { lines.append(line("`\(row.scenario)`", row.counts)) }
    let sums = rows.reduce([Int](repeating: 0, count: 6)) { sums, row in zip(sums, row.counts).map { $0 + $1 }
    }
    lines.append(line("all", sums))
    lines += ["", "\(Figure.count(rows.reduce(0) { $0 + $1.states }, "crash state")) in all."]
    return lines
  }

  private var counts: [Int] { [stores, harmless, refused, wrong, found, protectedWrong] }

  private static func line(_ name: String, _ counts: [Int]) -> String {
    "| \(name) | " + counts.map { Figure.grouped($0) }.joined(separator: " | ") + " |"
  }
}
