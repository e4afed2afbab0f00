import TextFiles
import TortureCore

/// What a line of results.jsonl shows without decoding it.
///
/// In JSON a quotation mark inside a string has a backslash before it. So `,"scenario":"` stands where the key stands,
/// and nowhere else, whatever names and messages the line holds.
struct ResultLine {
  /// Which scenarios there are, by the hash of their names as JSON has them.
  private let scenarios: [UInt64: Int]

  private static let scenarioKey = BytePattern(",\"scenario\":\"")
  private static let seedKey = BytePattern("\",\"seed\":")
  private static let cleanVerdict = BytePattern("\"verdict\":\"clean\"")

  init(_ scenarios: [Scenario]) {
    var numbers: [UInt64: Int] = [:]
    for (number, scenario) in scenarios.enumerated() {
      guard let text = try? JSONText.line(scenario.name) else { continue }
      numbers[TextHash.of(ArraySlice(Array(text.utf8.dropFirst().dropLast())))] = number
    }
    self.scenarios = numbers
  }

  /// The scenario's number, the seed, and where that ends; nil where the line has none, or one of another campaign.
  func key(_ line: ArraySlice<UInt8>) -> (scenario: Int, seed: UInt64, end: Int)? {
    guard line.first == UInt8(ascii: "{"), line.last == UInt8(ascii: "}"),
      let before = Self.scenarioKey.first(in: line)
    else { return nil }
    let name = before + Self.scenarioKey.count
    guard let end = Self.seedKey.first(in: line[name...]) else { return nil }
    guard let scenario = scenarios[TextHash.of(line[name..<end])] else { return nil }
    var index = end + Self.seedKey.count
    var seed: UInt64 = 0
    let first = index
    while index < line.endIndex, case let digit = line[index] &- UInt8(ascii: "0"), digit < 10 {
      let (product, isTooLarge) = seed.multipliedReportingOverflow(by: 10)
      let (sum, isBeyond) = product.addingReportingOverflow(UInt64(digit))
      guard !isTooLarge && !isBeyond else { return nil }
      seed = sum
      index += 1
    }
    return index > first ? (scenario, seed, index) : nil
  }

  /// Whether the case found nothing. What it says of a damaged line means nothing.
  static func isClean(_ line: ArraySlice<UInt8>) -> Bool {
    cleanVerdict.first(in: line) != nil
  }
}
