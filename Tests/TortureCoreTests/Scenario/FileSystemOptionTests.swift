import FaultFS
import Testing
import TortureSamples

@testable import TortureCore

/// What goes with `disk.filesystem`, and what does not.
@Suite struct FileSystemOptionTests {
  init() { Samples.registerSystems() }

  private func problems(_ disk: String, _ more: String = "") -> [String] {
    let text = """
      name: sample
      segments: [{name: a.seg, length: 4096}]
      workload: {kind: bank, transactions: 2}
      disk: \(disk)
      \(more)
      """
    do {
      _ = try ScenarioReader.read(Array(text.utf8), file: "sample.yaml")
      return []
    } catch {
      return error.problems.map { "\($0.line): \($0.message)" }
    }
  }

  @Test func aProgramThatMountsNothingSaysSo() {
    #expect(
      problems("{filesystem: ext4}") == [
        "4: disk.filesystem: expected none, since this program mounts no file systems, found ext4"
      ])
  }

  @Test func itIsTheWholeDisk() {
    #expect(
      problems("{filesystem: ext4, profile: xfs}").contains(
        "4: disk.filesystem: expected no other key beside it, found one more"))
  }

  @Test func whatTheHarnessCannotDoThereIsRefused() {
    let found = problems(
      "{filesystem: xfs}", "faults: {kinds: [write-error]}\ncrash: {goes_on_transactions: 1}")
    #expect(found.contains { $0.contains("faults.kinds: expected none below a file system of the kernel") })
    #expect(found.contains { $0.contains("crash.goes_on_transactions: expected 0") })
    #expect(
      problems("{filesystem: xfs}", "threads: {count: 2}").contains {
        $0.contains("threads.count: expected 0")
      })
  }

  @Test func aDiskBelowAFileSystemIsABareOne() {
    let disk = DiskOptions(profile: .posix, fileSystem: .btrfs).model
    #expect(disk.sectorLength == 4096)
    #expect(disk.tearing == nil)
    #expect(disk.entries == .durableOnReturn)
  }

  @Test func linesAreReadAsTheyAreWritten() {
    let lines: [StoreTask.Line] = [
      .created, .begins, .returned(allBut: nil), .returned(allBut: 2), .mark("records recovered", count: 3),
      .segment([]), .segment([0, 1, 255]), .again(isSame: true), .again(isSame: false),
    ]
    for line in lines { #expect(StoreTask.Line(line.text) == line) }
    #expect(StoreTask.Line("something else") == nil)
  }
}
