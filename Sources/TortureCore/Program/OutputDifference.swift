/// Where two outputs of a checker differ, in a few words: the first lines that only one of them has.
struct OutputDifference {
  /// How many lines of each are told.
  private static let linesMax = 4
  /// How much of a line is shown, in characters.
  private static let lineLengthMax = 120

  let text: String

  init(expected: String, found: String) {
    let expected = Self.lines(expected)
    let found = Self.lines(found)
    let difference = found.difference(from: expected)
    let missing = difference.removals.map(Self.line)
    let added = difference.insertions.map(Self.line)
    text =
      [Self.told("missing", missing), Self.told("instead", added)].compactMap { $0 }.joined(separator: "; ")
      + "."
  }

  private static func lines(_ output: String) -> [Substring] {
    output.split(separator: "\n", omittingEmptySubsequences: false)
  }

  private static func line(_ change: CollectionDifference<Substring>.Change) -> Substring {
    switch change {
    case .remove(_, let line, _), .insert(_, let line, _): line
    }
  }

  private static func told(_ what: String, _ lines: [Substring]) -> String? {
    if lines.isEmpty { return nil }
    let shown = lines.prefix(linesMax).map { line in
      "'\(line.prefix(lineLengthMax))\(line.count > lineLengthMax ? "…" : "")'"
    }
    let rest =
      lines.count > linesMax
      ? " and \(lines.count - linesMax) more \(lines.count - linesMax == 1 ? "line" : "lines")" : ""
    return "\(what): \(shown.joined(separator: ", "))\(rest)"
  }
}
