import ArgumentParser
import FaultMount
import FoundationEssentials
import TextFiles
import TortureCampaign
import TortureTool
import TortureViews

/// What the commands of a mount say.
enum MountText {
  /// Asks the mount at `directory`; where that cannot be done the command says why and ends.
  static func ask(_ request: MountRequest, _ directory: String) throws -> MountAnswer {
    do {
      let answer = try MountClient(directory: directory).ask(request)
      if case .refused(let reason) = answer { try fail(reason) }
      return answer
    } catch let error as MountError {
      try fail(error)
    }
  }

  static func fail(_ error: some CustomStringConvertible) throws -> Never {
    Console.standard.writeStatus("Error: \(SafeName.printable(error.description))\n")
    throw ExitCode(CommandStatus.usage.rawValue)
  }

  static func say(_ lines: [String]) {
    Console.standard.write(lines.map { SafeName.printable($0) + "\n" }.joined())
  }

  static func sayJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    Console.standard.write(String(decoding: try encoder.encode(value), as: UTF8.self) + "\n")
  }

  /// For instance `entry of 'a': create 'a' (call 0)`.
  static func line(_ part: UnsyncedPart) -> String {
    let what =
      switch part.kind {
      case .bytes: "bytes \(part.bytes?.lowerBound ?? 0) to \(part.bytes?.upperBound ?? 0) of '\(part.path)'"
      case .size: "size of '\(part.path)'"
      case .entry: "entry of '\(part.path)'"
      }
    return "\(what): \(part.calls.map(line).joined(separator: "; "))"
  }

  /// For instance `1: write 'a' 0+4096`.
  static func line(_ call: RecordedCall) -> String {
    var line = "\(call.index): \(call.kind) '\(call.path)'"
    if let newPath = call.newPath { line += " '\(newPath)'" }
    if call.length > 0 || call.offset > 0 { line += " \(call.offset)+\(call.length)" }
    if let fault = call.fault { line += " (\(fault))" }
    return line
  }
}
