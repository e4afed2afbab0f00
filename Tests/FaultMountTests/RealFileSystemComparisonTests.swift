import FaultFS
import FaultMount
import Foundation
import Testing

/// The mount beside the file system of the temporary directory: the same random calls have the same results there.
@Suite struct RealFileSystemComparisonTests {
  @Test(arguments: 1...16)
  func randomCallsHaveTheSameResults(_ seed: Int) throws {
    let programs = try Programs()
    let arguments = ["\(seed)", "600"]
    let mounted = try programs.mount.run(
      ProgramCommand(
        arguments: [Programs.built("random-calls")] + arguments, workingDirectory: programs.mount.directory,
        environment: [:], timeLimitMilliseconds: 60_000),
      on: programs.mount.volume(on: FaultDisk()))
    #expect(mounted.hasSucceeded, "\(mounted.errors)")

    let point = try MountPoint()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Programs.built("random-calls"))
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: point.path)
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let real = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let realLines = real.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    #expect(realLines.count > 300)
    let mountedLines = mounted.lines.map(\.text)
    for (place, (mounted, real)) in zip(mountedLines, realLines).enumerated() where mounted != real {
      Issue.record("line \(place): the mount says '\(mounted)', the real file system '\(real)'")
      return
    }
    #expect(mountedLines.count == realLines.count)
  }
}
