import Foundation
import Testing

/// Following the pages on programs and on the mount: their files are written, their commands run in order, and what they
/// show comes.
@Suite(
  .serialized,
  .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "no python3 here"))
struct DocumentTests {
  /// A fenced block: its language and what follows it, and its lines.
  private struct Block {
    var info: [String]
    var lines: [String] = []
  }

  private func blocks(_ document: String) throws -> [Block] {
    var package = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { package.deleteLastPathComponent() }
    let text = try String(contentsOf: package.appendingPathComponent(document), encoding: .utf8)
    var blocks: [Block] = []
    var isOpen = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.hasPrefix("```") {
        isOpen.toggle()
        if isOpen { blocks.append(Block(info: line.dropFirst(3).split(separator: " ").map(String.init))) }
      } else if isOpen {
        blocks[blocks.count - 1].lines.append(line)
      }
    }
    return blocks
  }

  /// Runs a script in the folder, with the built command on its path: its status, and all that it printed.
  private func run(_ script: String, in folder: String) throws -> (status: Int32, output: String) {
    let built = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-e", "-c", script]
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ["PATH": "\(built.path):/usr/bin:/bin", "NO_COLOR": "1", "HOME": folder]
    return try process.outcome()
  }

  /// Whether a line of the output is the shown one, in which an ellipsis stands for whatever differs between machines.
  private func isShown(_ line: String, in output: String) -> Bool {
    let parts = line.split(separator: "…", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: .whitespaces) }
    return output.split(separator: "\n").contains { found in
      var rest = found[...]
      for part in parts where !part.isEmpty {
        guard let range = rest.firstRange(of: part) else { return false }
        rest = rest[range.upperBound...]
      }
      return true
    }
  }

  @Test(arguments: ["docs/programs.md", "docs/mount.md"])
  func everyStepDoesWhatItSays(_ document: String) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "documents-\(UUID().uuidString)"
    ).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var output = ""
    var shown = 0
    var isSkipped = false
    for block in try blocks(document) {
      // `sh needs NAME`: it, and what it would show, only where there is such a program.
      if block.info.first == "sh" {
        isSkipped =
          block.info.count == 3 && block.info[1] == "needs"
          && !FileManager.default.isExecutableFile(atPath: "/usr/bin/\(block.info[2])")
      }
      switch block.info.first {
      case "sh" where isSkipped, "text" where isSkipped: break
      case "python", "yaml", "go":
        let name = try #require(block.info.last)
        try (block.lines.joined(separator: "\n") + "\n").write(
          toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
      case "sh":
        let script = block.lines.joined(separator: "\n")
        let status = script.firstMatch(of: /exits with (\d+)/).flatMap { Int32($0.output.1) } ?? 0
        let run = try run(script, in: folder)
        #expect(run.status == status, "\(script)\n\(run.output)")
        output = run.output
      case "text":
        for line in block.lines {
          #expect(isShown(line, in: output), "'\(line)' is not in:\n\(output)")
          shown += 1
        }
      default: Issue.record("a block of '\(block.info)' is not followed")
      }
    }
    #expect(shown >= 7)
  }

  @Test func theProgramInTheReadmeShowsWhatItSays() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "readme-\(UUID().uuidString)"
    ).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let all = try blocks("README.md")
    let place = try #require(all.firstIndex { $0.lines.contains { $0.contains("run-program") } })
    let run = try run(all[place].lines.joined(separator: "\n"), in: folder)
    #expect(run.status == 1)
    let shown = try #require(all.dropFirst(place + 1).first)
    #expect(shown.info == ["text"] && shown.lines.count == 4)
    for line in shown.lines {
      #expect(isShown(line, in: run.output), "'\(line)' is not in:\n\(run.output)")
    }
  }
}
