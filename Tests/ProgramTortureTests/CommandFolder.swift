import Foundation

/// A folder in which the command runs as a user would run it; removed in the end.
final class CommandFolder {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent(
    "program-tests-\(UUID().uuidString)"
  ).path

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// - Parameter command: what runs the command; nothing: it is run by itself.
  func run(_ arguments: [String], through command: [String] = []) throws -> (status: Int32, output: String) {
    let process = Process()
    let torture = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("lrvm-torture").path
    let line = command + [torture] + arguments
    process.executableURL = URL(fileURLWithPath: line[0])
    process.arguments = Array(line.dropFirst())
    process.currentDirectoryURL = URL(fileURLWithPath: path)
    process.environment = ProcessInfo.processInfo.environment.merging(["NO_COLOR": "1"]) { _, new in new }
    return try process.outcome()
  }
}

extension Process {
  /// Runs to its end: its status, and all that it printed, errors included.
  func outcome() throws -> (status: Int32, output: String) {
    let pipe = Pipe()
    standardOutput = pipe
    standardError = pipe
    try run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    waitUntilExit()
    return (terminationStatus, output)
  }
}
