import Testing

/// Following the tutorial: its files are written, its commands run in order, and what it shows comes.
@Suite struct TutorialTests {
  /// A fenced block: its language and what follows it, and its lines.
  private struct Block {
    var info: String
    var lines: [String] = []
  }

  private func blocks(_ text: String) -> [Block] {
    var blocks: [Block] = []
    var isOpen = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.hasPrefix("```") {
        isOpen.toggle()
        if isOpen { blocks.append(Block(info: String(line.dropFirst(3)))) }
      } else if isOpen {
        blocks[blocks.count - 1].lines.append(line)
      }
    }
    return blocks
  }

  @Test func everyStepDoesWhatItSays() async throws {
    let folder = try CommandFolder()
    var output = ""
    var commands = 0
    var shown = 0
    for block in blocks(try Document("docs/tutorial.md").text) {
      let words = block.info.split(separator: " ").map(String.init)
      switch words.first {
      case "yaml":
        try folder.write(try #require(words.last), block.lines.joined(separator: "\n") + "\n")
      case "sh":
        for line in block.lines where !line.hasPrefix("make ") {
          let status = line.firstMatch(of: /exits with (\d+)/).flatMap { Int32($0.output.1) } ?? 0
          // How many failures are found to be one must not depend on how busy the machine is.
          let command = line.replacing("lrvm-torture run ", with: "lrvm-torture run --shrink-limit 10m ")
          let run = try await CommandRun.line(command, in: folder.path)
          #expect(run.status == status, "\(line)\n\(run.output)\(run.errors)")
          output = run.output
          commands += 1
        }
      case "text":
        for line in block.lines {
          // An ellipsis stands for whatever differs from one machine to another.
          let parts = line.split(separator: "…", omittingEmptySubsequences: false).map(String.init)
          let isThere = output.split(separator: "\n").contains { found in
            var rest = found[...]
            for part in parts {
              guard let range = rest.firstRange(of: part.trimmed) else { return false }
              rest = rest[range.upperBound...]
            }
            return true
          }
          #expect(isThere, "'\(line)' is not in:\n\(output)")
          shown += 1
        }
      default:
        Issue.record("a block of '\(block.info)' is not followed")
      }
    }
    #expect(commands >= 6 && shown >= 30)
    let page = try folder.read("reports/broken/report.html")
    #expect(page.contains("a data sync of &#39;log&#39; is missing"))
  }
}

extension String {
  /// Without blanks at the ends, so that columns may be wider.
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
