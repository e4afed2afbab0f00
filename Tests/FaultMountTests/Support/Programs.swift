import FaultFS
import FaultMount
import Foundation

/// A directory to mount at, removed when the last reference goes.
final class MountPoint: Sendable {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "mount-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }
}

/// Programs on a mount of a test's own.
struct Programs {
  private let point: MountPoint
  let mount: ProgramMount

  init() throws {
    point = try MountPoint()
    mount = try ProgramMount(at: point.path)
  }

  /// A program that lies beside the tests' own.
  static func built(_ name: String) -> String {
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent(name).path
  }

  /// Runs a line of a shell, which finds the volume at `$STORE` and works in it.
  func run(
    _ line: String, on volume: FaultVolume? = nil,
    timeLimitMilliseconds: Int = 60_000,
    outputBytesMax: Int = 1 << 20
  ) throws -> ProgramRun {
    try mount.run(
      ProgramCommand(
        shell: line, workingDirectory: point.path,
        environment: ["STORE": point.path, "PATH": "/usr/bin:/bin"],
        timeLimitMilliseconds: timeLimitMilliseconds, outputBytesMax: outputBytesMax),
      on: volume ?? mount.volume(on: FaultDisk()))
  }
}
