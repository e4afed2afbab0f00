import Foundation
import KernelDisk
import Testing

/// Stores and programs on the kernel's ext4, by the command as users have it.
@Suite(
  .serialized,
  .enabled(
    if: KernelFileSystem.all.first?.obstacle == nil, "a real file system takes root, loop devices and mkfs.ext4"))
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

  @Test func aStoreSurvivesEveryCrashOfItsDisk() throws {
    let (status, output) = try run(
      Self.store("crash: {exploration: exhaustive, executions_per_point: 400, recovery_depth: 0}"))
    #expect(status == 0, "\(output)")
    #expect(output.contains("all covered, none wrong"), "\(output)")
  }

  @Test func aMissingSyncIsFound() throws {
    let (status, output) = try run(
      Self.store(
        "crash: {points: {sample: 12}, states_per_point: 1, recovery_depth: 0}\nsabotage: [{drop: sync, file: log}]\nexpect: violation"),
      ["--canary"])
    #expect(status == 1, "\(output)")
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
    #expect(try leftovers().isEmpty)
  }

  /// Loop devices that the runs would have left.
  private func leftovers() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "/sys/block").filter { device in
      let file = "/sys/block/\(device)/loop/backing_file"
      return (try? String(contentsOfFile: file, encoding: .utf8))?.contains("lrvm-torture") ?? false
    }
  }
}
