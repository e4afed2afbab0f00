package import ArgumentParser
import FoundationEssentials
import LRVM
import Storage
import TextFiles
import TortureTool
import TortureCampaign
import TortureViews

package struct InspectCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Prints what a log or a segment of LRVM holds.",
    discussion: """
      Status blocks, the records that recovery would find with their ranges, where validity ends and why. Nothing is \
      written or locked. Exits with 1 where recovery would refuse the log, or the file is neither.
      """)

  @Argument(help: "A log, or a segment.", completion: .file())
  var file: String

  @Flag(help: "As JSON.")
  var json = false

  package init() {}

  package func run() throws {
    let url = URL(filePath: file)
    do {
      let disk = try PosixStorage(directory: url.deletingLastPathComponent().path)
      if let log = try LogInspection(url.lastPathComponent, on: disk) {
        try say(log, InspectionText.lines(log))
        if log.damage != nil { throw ExitCode(CommandStatus.violation.rawValue) }
      } else {
        let segment = try SegmentInspection(url.lastPathComponent, on: disk)
        try say(segment, InspectionText.lines(segment))
        if !segment.isWholePages { throw ExitCode(CommandStatus.violation.rawValue) }
      }
    } catch let error as ExitCode {
      throw error
    } catch {
      Console.standard.writeStatus("Error: \(SafeName.printable("\(error)"))\n")
      throw ExitCode(CommandStatus.usage.rawValue)
    }
  }

  private func say(_ value: some Encodable, _ lines: [String]) throws {
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
      Console.standard.write(String(decoding: try encoder.encode(value), as: UTF8.self) + "\n")
    } else {
      for line in lines { Console.standard.write(SafeName.printable(line) + "\n") }
    }
  }
}

/// What an inspection found, in lines.
enum InspectionText {
  static func lines(_ log: LogInspection) -> [String] {
    var lines = ["log \(log.name), \(log.length) bytes"]
    if let header = log.header {
      lines.append(
        "header: \(header.recordSectors) record sectors of \(header.sectorLength) bytes, status blocks of "
          + "\(header.statusLength) bytes" + (log.length < header.fileLength ? "; the file is too short" : "")
      )
    }
    for slot in log.slots {
      var line = "status block \(slot.slot): \(slot.state)"
      if let counter = slot.counter { line += ", counter \(counter)" }
      if let generation = slot.generation, let most = slot.generationMax {
        line += ", generation \(generation) of \(most)"
      }
      if let position = slot.headPosition, let sequence = slot.headSequence, let end = slot.durableEnd {
        line += ", head at position \(position) with record \(sequence), durable up to \(end)"
      }
      lines.append(line + (slot.holds ? "; it holds" : ""))
      if slot.holds { lines += slot.segments.map { "  segment \($0.name), \($0.length) bytes" } }
    }
    for record in log.records {
      let batch = record.followers > 0 ? ", \(record.followers) more in its batch" : ""
      lines.append("record \(record.sequence): \(record.length) bytes\(batch)")
      for range in record.ranges {
        let dots = range.values.utf8.count / 2 < range.length ? "…" : ""
        lines.append(
          "  \(range.offset)..<\(range.offset + range.length) of \(range.name ?? "segment \(range.segment)"): "
            + "\(range.values)\(dots)")
      }
    }
    if let head = log.headPosition, let end = log.endPosition {
      lines.append("live records: \(log.records.count), positions \(head)..<\(end)")
    }
    lines.append("it ends there: \(log.ending)")
    lines.append(log.damage.map { "recovery refuses it: \($0)" } ?? "recovery accepts it")
    return lines
  }

  static func lines(_ segment: SegmentInspection) -> [String] {
    guard segment.isWholePages else {
      return [
        "\(segment.name), \(segment.length) bytes: neither a log, which it does not begin as, nor a segment, which has a "
          + "whole number of pages of \(RVM.pageLength) bytes"
      ]
    }
    var lines = ["segment \(segment.name), \(segment.length) bytes"]
    lines.append("\(segment.pagesInUse) pages are not all zero")
    lines += segment.runs.map { "  \($0.start)..<\($0.end)" }
    if segment.runs.count == SegmentInspection.runsMax { lines.append("  and perhaps more") }
    return lines
  }
}
