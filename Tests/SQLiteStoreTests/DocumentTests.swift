import Foundation
import Testing

@testable import SQLiteStore
@testable import TortureCore

/// docs/sqlite.md lists every option of SQLite with its words and its default.
@Suite struct SQLiteDocumentTests {
  @Test func everyOptionIsListed() throws {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    let page = try String(contentsOf: folder.appending(path: "docs/sqlite.md"), encoding: .utf8)
    for option in SQLiteSystem.options {
      guard case .value(let standard) = option.key.absent else { continue }
      let row: String
      switch (option.key.rule, standard) {
      case (.choice(let words), .text(let word)):
        row = "| `\(option.key.name)` | \(words.joined(separator: ", ")) | \(word) | "
      case (.integer(let range, _), .integer(let number)):
        row = "| `\(option.key.name)` | \(range.lowerBound) to \(range.upperBound) | \(number) | "
      default:
        Issue.record("an option of another kind: \(option.key.name)")
        continue
      }
      #expect(page.contains(row), "\(row)")
    }
    #expect(SQLiteSystem.options.count == 5)
  }
}
