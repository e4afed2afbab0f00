import BigInt
import TextFiles
package import TortureCampaign
package import TortureCore
import TortureFailures

/// The beginning and the end of an exhaustive run in words.
package enum ExhaustText {
  /// What is to be explored, and what was left out for which reason.
  package static func header(_ scenario: Scenario, _ space: SequenceSpace, _ options: ExhaustOptions)
    -> [String]
  {
    let alphabet = space.alphabet
    let segment = scenario.segments[0].name
    var lines = [
      "lrvm-torture \(TortureVersion.current) · exhaust · \(scenario.name) · up to \(space.bound) operations · "
        + "jobs: \(options.jobs) · time limit: \(options.timeLimit.map { "\($0)" } ?? "none")",
      "  letters: " + alphabet.letters.map(\.description).joined(separator: ", "),
      "  ranges of \(segment): "
        + alphabet.ranges.enumerated().map { "\($0) is bytes \($1.lowerBound)..<\($1.upperBound)" }
        .joined(separator: ", "),
    ]
    lines += Figure.table(leftOut(space)).map { "  \($0)" }
    let options = scenario.derivedOptions.split(separator: "\n")
    return lines + options.map { "  \($0)" }
  }

  /// A row for each reason, and one for what is left; a column for all sizes together.
  private static func leftOut(_ space: SequenceSpace) -> [[String]] {
    var all = SequenceCounts()
    for counts in space.counts { all.add(counts) }
    let strings = all.kept + all.illegal + all.leftOut.reduce(0, +)
    var rows = [
      ["strings of letters", Figure.grouped(strings)],
      ["not possible", "-" + Figure.grouped(all.illegal)],
    ]
    for (rule, count) in zip(SequenceRule.allCases, all.leftOut) where count > 0 {
      rows.append([rule.rawValue, "-" + Figure.grouped(count)])
    }
    return rows + [["sequences to explore", Figure.grouped(all.kept)]]
  }

  /// What it came to. The last lines go on, or replay the first failure.
  package static func ending(_ outcome: ExhaustOutcome, isQuiet: Bool) -> [String] {
    let progress = outcome.progress
    var lines: [String] = []
    if !isQuiet {
      var rows = [["operations", "sequences", "crash points", "executed", "covered", "left out", "seconds"]]
      for (size, figures) in progress.sizes.enumerated() {
        rows.append(
          ["\(size)"]
            + [figures.sequences, figures.crashPoints, figures.crashStates].map(Figure.grouped)
            + [covered(figures.coverage), leftOut(figures.coverage), Figure.seconds(figures.seconds)])
      }
      lines += [""] + Figure.table(rows)
      let unreached = progress.total.marks.filter { $0.value == 0 }.keys.sorted()
      if !unreached.isEmpty { lines.append("never reached: \(unreached.joined(separator: ", "))") }
      lines.append("")
    }
    lines.append("\(verdict(outcome)) Report: \(outcome.options.out)")
    if progress.next < outcome.count {
      lines += ["To continue:", "the same command with --resume"]
    }
    if let path = outcome.replayPath {
      lines += [
        "To see the first failure again:",
        "\(outcome.options.replayCommand) \(ShellWord.quote(path))",
      ]
    }
    return lines
  }

  private static func covered(_ coverage: Coverage?) -> String {
    coverage.map { Figure.grouped($0.covered) } ?? "-"
  }

  private static func leftOut(_ coverage: Coverage?) -> String {
    coverage.map { Figure.grouped($0.leftOut) } ?? "-"
  }

  /// What was covered, in a sentence of its own; empty where states were only drawn.
  private static func extent(_ coverage: Coverage?) -> String {
    guard let coverage else { return "" }
    let legal = Figure.grouped(coverage.legal)
    guard coverage.pointsCapped > 0 else { return " All of their \(legal) legal crash states are covered." }
    return " Of their \(legal) legal crash states \(leftOut(coverage)) are left out, at "
      + "\(Figure.count(coverage.pointsCapped, "crash point")) that met the cap."
  }

  private static func verdict(_ outcome: ExhaustOutcome) -> String {
    let progress = outcome.progress
    let total = progress.total
    let explored = Figure.grouped(progress.next)
    let extent =
      progress.next == outcome.count
      ? "All \(explored) sequences of up to \(progress.bound) operations explored"
      : "\(outcome.state == .interrupted ? "Interrupted" : "Out of time"): \(explored) of "
        + "\(Figure.grouped(outcome.count)) sequences of up to \(progress.bound) operations explored, in order of size"
    var found: [String] = []
    if total.violations > 0 {
      found.append(
        "\(Figure.count(total.violations, "violation")) in \(Figure.count(progress.conspicuous, "sequence"))")
    }
    if total.trapped > 0 { found.append(Figure.count(total.trapped, "trap")) }
    if total.failed > 0 { found.append("\(Figure.count(total.failed, "sequence")) could not be judged") }
    return extent + ": " + (found.isEmpty ? "nothing found" : found.joined(separator: ", "))
      + " (\(Figure.count(total.crashStatesExecuted, "recovery", "recoveries")) in \(Figure.seconds(total.seconds)) s)."
      + Self.extent(progress.coverage)
  }
}
