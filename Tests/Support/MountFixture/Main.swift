import FaultFS
import FaultMount
import Foundation

/// Serves a mount, for tests that kill the process which does, or take rights from it.
///
/// - `mount-fixture run DIRECTORY LINE` runs a line of a shell on a mount of its own, forever if the line takes that long.
/// - `mount-fixture serve DIRECTORY` keeps a mount that everybody sees.
@main struct MountFixture {
  static func main() {
    let arguments = CommandLine.arguments
    do {
      if arguments[1] == "serve" {
        try VisibleMount(at: arguments[2], profile: .posix).serve()
      } else {
        try run(arguments[3], at: arguments[2])
      }
    } catch {
      print(error)
      exit(1)
    }
  }

  static func run(_ line: String, at directory: String) throws {
    let mount = try ProgramMount(at: directory)
    let run = try mount.run(
      ProgramCommand(
        shell: line, workingDirectory: directory, environment: ["PATH": "/usr/bin:/bin"],
        timeLimitMilliseconds: 3_600_000),
      on: mount.volume(on: FaultDisk()))
    print(mount.hasUserNamespace ? "in a user namespace:" : "as it is:", run.output, run.errors)
  }
}
