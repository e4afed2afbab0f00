import Foundation

/// What a run found, as JSON, as tables and as a plot.
struct Report: Codable {
  var cores: Int
  var rounds: Int
  var versions: [String: String]
  var rows: [Matrix.Row]
  var figures: [Figures.Figure]

  func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }

  /// Markdown.
  func tables() -> String {
    var text = ""
    for workload in Workload.allCases {
      for durability in [Durability.durable, .hundred, .lazy] {
        let chosen = rows.filter { $0.workload == workload && $0.durability == durability }
        if chosen.isEmpty { continue }
        text += "### \(workload.rawValue), \(durability.rawValue)\n\n"
        text += "| engine | threads | transactions/s | processor us/transaction | "
        text += (durability == .lazy ? "processor time to floor M" : "rate to floor A") + " |\n"
        text += "|---|---|---|---|---|\n"
        for row in chosen {
          let ratio = durability == .lazy ? row.ratioToFloorMemory : row.ratioToFloorA
          text += "| \(row.engine) | \(row.threads) | \(show(row.transactionsPerSecond)) | "
          text += "\(show(row.cpuMicrosecondsPerTransaction)) | \(ratio.map(show) ?? "") |\n"
        }
        text += "\n"
      }
    }
    text += "### Other figures\n\n| what | unit | figure | goal |\n|---|---|---|---|\n"
    for figure in figures {
      text += "| \(figure.name) | \(figure.unit) | \(show(figure.value)) | \(figure.goal) |\n"
    }
    return text
  }

  private func show(_ spread: Spread) -> String {
    if spread.minimum == spread.maximum { return show(spread.median) }
    return "\(show(spread.median)) (\(show(spread.minimum)) to \(show(spread.maximum)))"
  }

  private func show(_ value: Double) -> String {
    String(
      format: value >= 1000
        ? "%.0f" : value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : value >= 0.1 ? "%.2f" : "%.4f", value)
  }

  /// Rates of durable commits beside floor A, and processor time of lazily durable ones beside floor M.
  func plot() -> String {
    let panels: [(title: String, bars: [(String, Spread)])] = Workload.allCases.flatMap { workload in
      [
        (
          "\(workload.rawValue), durable: rate to floor A",
          rows.filter { $0.workload == workload && $0.durability == .durable }
            .compactMap { row in row.ratioToFloorA.map { ("\(row.engine), \(row.threads)", $0) } }
        ),
        (
          "\(workload.rawValue), lazily durable, one thread: processor us a transaction",
          rows.filter { $0.workload == workload && $0.durability == .lazy && $0.threads == 1 }
            .map { ($0.engine, $0.cpuMicrosecondsPerTransaction) }
        ),
      ]
    }
    let rowHeight = 20
    let height = panels.reduce(0) { $0 + 44 + $1.bars.count * rowHeight }
    var svg = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 \(height)" font-family="sans-serif" font-size="12">
      <rect width="760" height="\(height)" fill="#ffffff"/>

      """
    var y = 0
    for panel in panels {
      svg += "<text x=\"8\" y=\"\(y + 26)\" font-weight=\"bold\">\(panel.title)</text>\n"
      y += 36
      let largest = panel.bars.map(\.1.maximum).max() ?? 1
      for (name, spread) in panel.bars {
        let scale = { (value: Double) in 230 + value / largest * 440 }
        let fill = name.hasPrefix("LRVM") ? "#1f6fb2" : name.hasPrefix("floor") ? "#9a9a9a" : "#d08b3e"
        svg += "<text x=\"222\" y=\"\(y + 14)\" text-anchor=\"end\">\(name)</text>"
        svg += String(
          format: "<rect x=\"230\" y=\"%d\" width=\"%.1f\" height=\"14\" fill=\"%@\"/>", y + 3,
          scale(spread.median) - 230, fill)
        svg += String(
          format: "<path d=\"M%.1f %dH%.1f\" stroke=\"#222222\"/>", scale(spread.minimum), y + 10,
          scale(spread.maximum))
        svg += String(
          format: "<text x=\"%.1f\" y=\"%d\">%@</text>\n", scale(spread.maximum) + 5, y + 14,
          show(spread.median))
        y += rowHeight
      }
      y += 8
    }
    return svg + "</svg>\n"
  }

  private static let begin = "<!-- begin: make bench writes what follows -->"
  private static let end = "<!-- end: make bench -->"

  /// Puts the tables between the marks of a document.
  func write(into document: URL) throws {
    let text = try String(contentsOf: document, encoding: .utf8)
    guard let begin = text.range(of: Self.begin), let end = text.range(of: Self.end),
      begin.upperBound <= end.lowerBound
    else { throw BenchmarkError("\(document.path) lacks the marks '\(Self.begin)' and '\(Self.end)'") }
    let about = versions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    let body = "\n\n\(rounds) rounds on \(cores) cores; \(about).\n\n\(tables())\n"
    try (text[..<begin.upperBound] + body + text[end.lowerBound...])
      .write(to: document, atomically: true, encoding: .utf8)
  }
}
