import Foundation
import LRVMTorture
import Testing
import TortureSamples
import TortureViews

@testable import TortureCore

/// The table of keys in docs/scenarios.md is the one that the reader uses.
///
/// With `LRVM_TORTURE_WRITE_REFERENCE=1` in the environment the test writes the table instead of comparing it.
@Suite struct ScenarioReferenceTests {
  private static let begin = "<!-- keys: begin -->\n"
  private static let end = "<!-- keys: end -->"

  @Test func theDocumentHasTheTable() throws {
    let file = Samples.package.appending(path: "docs/scenarios.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    let start = try #require(text.firstRange(of: Self.begin)).upperBound
    let end = try #require(text.firstRange(of: Self.end)).lowerBound
    if ProcessInfo.processInfo.environment["LRVM_TORTURE_WRITE_REFERENCE"] == "1" {
      let new = text[..<start] + Self.reference() + text[end...]
      try Data(new.utf8).write(to: file)
    } else {
      #expect(text[start..<end] == Self.reference())
    }
  }

  private static func reference() -> String {
    let keys = ScenarioTable.keysOfAll(Systems(["lrvm": LRVMSystem.self]))
    var text = table(keys)
    for key in keys { text += sections(key.name, key.rule) }
    return text
  }

  /// A table for each mapping below a key.
  private static func sections(_ path: String, _ rule: ValueRule) -> String {
    switch rule {
    case .mapping(let keys), .wordOrMapping(_, let keys):
      return "\n### `\(path)`\n\n" + table(keys)
        + keys.map { sections("\(path).\($0.name)", $0.rule) }.joined()
    case .list(let element, _, _):
      return sections("\(path)[]", element)
    case .integer, .integerChoice, .number, .boolean, .text, .choice, .wordsOrKey:
      return ""
    }
  }

  private static func table(_ keys: [KeyRule]) -> String {
    "| key | takes | if left out | means |\n|---|---|---|---|\n"
      + keys.map { key in
        "| `\(key.name)` | \(takes(key.rule)) | \(absent(key)) | \(key.documentation) |\n"
      }.joined()
  }

  private static func takes(_ rule: ValueRule) -> String {
    switch rule {
    case .mapping: "a mapping, see below"
    case .wordOrMapping(let word, _): "\(word) or a mapping, see below"
    case .list(of: .mapping, let count, _): "a list of \(count.lowerBound) to \(count.upperBound), see below"
    default: rule.expectation
    }
  }

  private static func absent(_ key: KeyRule) -> String {
    switch key.absent {
    case .required: return "not possible"
    case .section: return "its defaults"
    case .value(let value):
      if case .mapping = key.rule { return "see below" }
      if case .mapping(let entries) = ScenarioValue.mapping([.init("value", value)]),
        let entry = entries.first
      {
        let yaml = ScenarioValue.mapping([entry]).yaml().dropFirst("value: ".count).dropLast()
        return "`\(yaml)`"
      }
      return ""
    }
  }
}
