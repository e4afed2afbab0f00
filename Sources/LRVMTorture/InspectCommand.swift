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
      Of a log: its status blocks, the records that recovery would find with their ranges, where validity ends and why, and \
      what can be read beyond that, each with its place in the file. Nothing is written or locked. Exits with 1 where \
      recovery would refuse the log, or the file is neither a log nor a segment.
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
        let other = try ForeignFile(url.lastPathComponent, on: disk)
        try say(segment, InspectionText.lines(segment, other))
        if !segment.isWholePages || other != nil { throw ExitCode(CommandStatus.violation.rawValue) }
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
