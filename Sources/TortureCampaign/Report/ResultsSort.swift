internal import SystemPackage
import TextFiles

/// Brings the lines of results.jsonl into the order of the report, where a budget let cases run in another.
///
/// Only where each line begins is kept in memory.
enum ResultsSort {
  private struct Line {
    var place: Int
    var offset: Int
    var length: Int
  }

  /// Sorts the file at `path`, in one step for whoever reads it.
  static func sort(_ path: FilePath, of campaign: CampaignRecord) throws(ReportError) {
    do {
      let lines = try lines(path, campaign)
      let new = FilePath(path.string + ".new")
      try FileTree.remove(new)
      let sorted = try LineFile(creating: new)
      let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
      try file.closeAfter {
        for line in lines { try sorted.append(bytes: read(file, line)) }
      }
      try sorted.close()
      try FileTree.rename(new, to: path)
    } catch let error as ReportError {
      throw error
    } catch {
      throw ReportError("\(error)")
    }
  }

  private static func lines(_ path: FilePath, _ campaign: CampaignRecord) throws -> [Line] {
    let plan = campaign.plan
    let scanner = ResultLine(campaign.scenarios)
    var reader = try LineReader(path)
    defer { reader.close() }
    var lines: [Line] = []
    while let line = try reader.next() {
      guard let key = scanner.key(line), let round = plan.round(of: key.seed, scenario: key.scenario) else {
        throw ReportError("line \(reader.count) of '\(path)' is not a result of this campaign")
      }
      lines.append(
        Line(
          place: plan.place(scenario: key.scenario, round: round), offset: reader.offset - line.count - 1,
          length: line.count + 1))
    }
    return lines.sorted { $0.place < $1.place }
  }

  private static func read(_ file: FileDescriptor, _ line: Line) throws -> [UInt8] {
    try unsafe [UInt8](unsafeUninitializedCapacity: line.length) { buffer, count in
      while count < line.length {
        let rest = unsafe UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
        let read = try unsafe file.read(fromAbsoluteOffset: Int64(line.offset + count), into: rest)
        guard read > 0 else { throw Errno.ioError }
        count += read
      }
    }
  }
}
