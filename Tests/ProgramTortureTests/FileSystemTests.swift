import Foundation
import KernelDisk
import Testing

/// Stores and programs on the kernel's ext4, by the command as users have it.
@Suite(
  .serialized,
  .enabled(
    if: KernelFileSystem.all.first?.obstacle == nil,
    "a real file system takes root, loop devices and mkfs.ext4"))
struct FileSystemTests {
  private func run(_ scenario: String, _ options: [String] = []) throws -> (status: Int32, output: String) {
    let folder = try CommandFolder()
    try scenario.write(toFile: folder.path + "/sample.yaml", atomically: false, encoding: .utf8)
    return try folder.run(["run"] + options + ["sample.yaml", "--shrink-limit", "2s"])
  }

  private static func store(_ more: String) -> String {
    """
    name: sample
    segments: [{name: a.seg, length: 4096}]
    workload: {kind: bank, transactions: 3, objects: 8}
    disk: {filesystem: ext4}
    seeds: {count: 1}
    \(more)
    """
  }

  /// The scenario of docs/filesystems.md, run as it says there.
  @Test func aStoreSurvivesEveryCrashOfItsDisk() throws {
    let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("docs/filesystems.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let scenario = try #require(text.firstMatch(of: /```yaml\n((?s).*?)```/)?.output.1)
    let command = try #require(text.firstMatch(of: /sudo lrvm-torture (run my-store.yaml)\n/)?.output.1)
    let folder = try CommandFolder()
    try String(scenario).write(toFile: folder.path + "/my-store.yaml", atomically: false, encoding: .utf8)
    let (status, output) = try folder.run(command.split(separator: " ").map(String.init))
    #expect(status == 0, "\(output)")
    #expect(output.contains("all covered, none wrong"), "\(output)")
  }

  @Test func aMissingSyncIsFound() throws {
    let (status, output) = try run(
      Self.store(
        "crash: {exploration: exhaustive, executions_per_point: 20, recovery_depth: 0}\nsabotage: [{drop: sync, file: log}]\nexpect: violation"
      ),
      ["--canary"])
    #expect(status == 0, "\(output)")
    #expect(output.contains("1 of 1 canaries found"), "\(output)")
  }

  @Test func recoveriesAreCrashedInTurn() throws {
    let (status, output) = try run(
      Self.store(
        "crash: {points: {sample: 2}, states_per_point: 1, recovery_depth: 1, recovery_points_max: 2, recovery_states_per_point: 1}"
      ))
    #expect(status == 0, "\(output)")
    #expect(output.contains("Nothing found"), "\(output)")
  }

  @Test func aProgramThatSyncsNothingLosesItsLine() throws {
    let program = """
      name: sample
      program:
        setup: echo 0 >$STORE/value; sync
        workload: echo 1 >$STORE/new; mv $STORE/new $STORE/value; echo done
        check: cat $STORE/value
      disk: {filesystem: ext4}
      crash: {exploration: exhaustive, executions_per_point: 50, recovery_depth: 0}
      seeds: {count: 1}
      """
    let (status, output) = try run(program)
    #expect(status == 1, "\(output)")
    #expect(output.contains("lost-commit"), "\(output)")
  }
}
