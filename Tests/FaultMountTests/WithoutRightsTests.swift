import Foundation
import Testing

/// A process that may not mount by itself: what `setpriv` makes of root.
@Suite struct WithoutRightsTests {
  /// Runs a program to its end: its status, and what it printed.
  private static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, output)
  }

  private static let withoutRights = ["setpriv", "--bounding-set=-sys_admin", "--"]

  private static var hasUserNamespaces: Bool {
    (try? run(withoutRights + ["unshare", "--user", "--map-current-user", "--mount", "true"]).status) == 0
  }

  @Test(.enabled(if: hasUserNamespaces, "no user namespaces here"))
  func programsRunInAUserNamespace() throws {
    let point = try MountPoint()
    let line = "echo hello >f && cat f && stat -c %u f"
    let run = try Self.run(Self.withoutRights + [Programs.built("mount-fixture"), "run", point.path, line])
    #expect(run.output == "in a user namespace: hello\n\(getuid()) \n")
    #expect(run.status == 0)
  }

  @Test(.enabled(if: hasUserNamespaces, "no user namespaces here"))
  func whereNeitherIsAllowedTheWayOutIsSaid() throws {
    let point = try MountPoint()
    // In a user namespace that allows no further ones, without the right to mount in it.
    let line = """
      echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-sys_admin -- "$0" run "$1" true
      """
    let run = try Self.run(
      ["unshare", "--user", "--map-root-user", "sh", "-c", line, Programs.built("mount-fixture"), point.path])
    #expect(run.status == 1)
    #expect(run.output.contains("user.max_user_namespaces"), "\(run.output)")
    #expect(run.output.split(separator: "\n").count == 1)
  }
}
