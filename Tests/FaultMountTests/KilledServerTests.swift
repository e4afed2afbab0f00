import Foundation
import Testing

/// What is left when the process that serves a mount is killed: nothing.
@Suite struct KilledServerTests {
  @Test(arguments: [
    // Idle, in the middle of its writes, and with processes that left their parent.
    "touch ready; sleep 100000",
    "touch ready; while :; do echo x >>f; sync f; done",
    "setsid sh -c 'trap \"\" HUP TERM INT; touch ready; while :; do sleep 1; done' & wait",
  ])
  func nothingIsMountedOrRunning(_ line: String) throws {
    let point = try MountPoint()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Programs.built("mount-fixture"))
    // The directory's name is in the command line of each process, which marks them.
    process.arguments = ["run", point.path, ": \(point.path); \(line)"]
    try process.run()
    let name = URL(fileURLWithPath: point.path).lastPathComponent
    #expect(Processes.wait { Processes.all(with: name).count >= 2 })
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal)
    #expect(Processes.wait { Processes.all(with: name).isEmpty }, "\(Processes.all(with: name)) still run")
    let mounts = try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)
    #expect(!mounts.contains(name))
    #expect(try FileManager.default.contentsOfDirectory(atPath: point.path) == [])
  }
}
