import Foundation
import Testing

/// One of the project's documents.
struct Document: Sendable, CustomTestStringConvertible {
  /// Below the package's folder.
  let path: String
  let text: String

  /// The folder of the package.
  static var package: URL {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    return folder
  }

  /// All documents.
  static var all: [Document] {
    get throws {
      let docs = try FileManager.default.contentsOfDirectory(atPath: package.appending(path: "docs").path)
      let names =
        ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "reports/README.md"]
        + docs.filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" }
      return try names.map(Document.init)
    }
  }

  /// The first pages of the libraries' reference.
  static var catalogs: [Document] {
    get throws {
      try ["Storage", "LRVM", "LRVMHeap", "FaultFS", "TortureCore"].map {
        try Document("Sources/\($0)/\($0).docc/\($0).md")
      }
    }
  }

  init(_ path: String) throws {
    self.path = path
    text = try String(contentsOf: Document.package.appending(path: path), encoding: .utf8)
  }

  var testDescription: String { path }

  /// The fenced blocks of a language, each as its lines.
  func blocks(_ language: String) -> [[String]] {
    var blocks: [[String]] = []
    var fence: String?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if let open = fence {
        if line == "```" {
          fence = nil
        } else if open == language {
          blocks[blocks.count - 1].append(line)
        }
      } else if line.hasPrefix("```") {
        fence = String(line.dropFirst(3))
        if fence == language { blocks.append([]) }
      }
    }
    return blocks
  }

  /// The first of the `shown` lines that the output does not have, or not in this order; nil where it has all. A line
  /// `…` stands for any lines, and ` …` at a line's end, or in it, for any text.
  static func lineMissing(of shown: [String], in output: String) -> String? {
    var rest = output.split(separator: "\n", omittingEmptySubsequences: false)[...]
    for line in shown where line != "…" {
      var parts = plain(line).components(separatedBy: " …")
      let beginning = parts.removeFirst()
      let place = rest.firstIndex { candidate in
        let found = plain(candidate)
        guard found.hasPrefix(beginning) else { return false }
        return parts.isEmpty ? found == beginning : parts.allSatisfy { found.hasSuffix($0) }
      }
      guard let place else { return line }
      rest = rest[(place + 1)...]
    }
    return nil
  }

  /// A line without what another build may change: line numbers, and what was inlined.
  private static func plain(_ line: some StringProtocol) -> String {
    String(line).replacing(/\ \(inlined\)$/, with: "").replacing(/\.swift:\d+/, with: ".swift")
  }

  /// What the links to other files name, as they are written.
  var links: [String] {
    text.matches(of: /\]\(([^)#\s]+)(#[^)]*)?\)/).map { String($0.output.1) }.filter { !$0.contains("://") }
  }

  /// The first cells of all rows of tables, without backquotes.
  var firstCells: [String] {
    text.split(separator: "\n").filter { $0.hasPrefix("| ") }.map { row in
      row.split(separator: "|")[0].replacing("`", with: "").trimmingCharacters(in: .whitespaces)
    }
  }
}
