internal import SystemPackage
import TextFiles
import TortureCore

/// Results that came before those of cases that began earlier: ahead.jsonl.
///
/// results.jsonl is written in order, so these wait for their turn. They are on disk at once all the same, so that a
/// campaign that is killed loses only the cases that were running.
struct FinishedAhead {
  static let fileName = "ahead.jsonl"
  /// Once nothing waits, a file that has grown so long is emptied.
  private static let lengthMax = 1 << 20

  private let file: LineFile
  private var length = 0

  /// Opens the file; what an earlier run left in it stays until nothing waits.
  init(_ root: FilePath) throws(ReportError) {
    do {
      file = try LineFile(goingOn: root.appending(Self.fileName))
    } catch {
      throw ReportError("\(error)")
    }
  }

  mutating func append(_ result: CaseResult) throws(ReportError) {
    do {
      let line = try JSONText.line(result)
      try file.append(line)
      length += line.utf8.count + 1
    } catch {
      throw ReportError("\(error)")
    }
  }

  /// Says that all of them stand in results.jsonl by now.
  mutating func noteNothingWaits() throws(ReportError) {
    guard length > Self.lengthMax else { return }
    do {
      try file.cut(to: 0)
      length = 0
    } catch {
      throw ReportError("\(error)")
    }
  }

  /// Closes and removes the file: every result stands in results.jsonl.
  func finish(_ root: FilePath) throws(ReportError) {
    do {
      try file.close()
      try FileTree.remove(root.appending(Self.fileName))
    } catch {
      throw ReportError("\(error)")
    }
  }
}
