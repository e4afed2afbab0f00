import Foundation
import LRVM
import Synchronization
import Testing

/// Threads that commit with flush at the same time, on the real disk.
@Suite struct GroupCommitTests {
  /// Readers find nothing to write, and wait for what a writer has under way: each of them must be woken.
  @Test func commitsThatChangeNothingReturn() throws {
    let directory = try TemporaryDirectory()
    let disk = try directory.storage()
    try SmallLog.create(on: disk, shape: LogShape(recordSectors: 64, statusLength: 512))
    let rvm = try RVM(log: "log", on: disk)
    let region = try rvm.map("a")
    let group = DispatchGroup()
    let failures = Atomic<Int>(0)
    func onThread(_ body: @escaping @Sendable () throws -> Void) {
      group.enter()
      Thread.detachNewThread {
        do { try body() } catch { failures.add(1, ordering: .relaxed) }
        group.leave()
      }
    }
    let isWriting = Atomic(true)
    onThread {
      defer { isWriting.store(false, ordering: .relaxed) }
      for turn in 1...300 as ClosedRange<UInt64> { try rvm.put(turn, in: region, at: 0) }
    }
    for _ in 0..<3 {
      onThread { while isWriting.load(ordering: .relaxed) { try rvm.begin().commit(.flush) } }
    }
    let end = group.wait(timeout: .now() + 60)
    #expect(end == .success, "threads sleep for ever")
    #expect(failures.load(ordering: .relaxed) == 0)
    guard end == .success else { return }
    try rvm.terminate()
  }
}
