import CFork
import Synchronization
import Testing

@testable import Storage

/// A lock ends with its owner's close, and not before.
@Suite struct LockTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test func aForkedChildDoesNotKeepALockThatWasClosed() throws {
    let disk = try directory.storage()
    let file = try disk.open("file", .createNew)
    try file.lockExclusively()
    var child: CInt = 0
    let end = unsafe cfork_begin(&child)
    try #require(end >= 0)
    defer { cfork_end(child, end) }
    file.close()
    let again = try disk.open("file", .readWrite)
    try again.lockExclusively()
  }

  /// The child's close must not let go what its parent holds.
  @Test func aChildDoesNotLetTheParentsLockGo() throws {
    let process = Atomic<CInt>(1)
    let unlocked = Counter()
    var calls = SystemCalls()
    calls.process = { process.load(ordering: .relaxed) }
    let unlock = calls.unlock
    calls.unlock = { descriptor in
      _ = unlocked.next()
      return unlock(descriptor)
    }
    let disk = try directory.storage(calls)
    for (closer, count) in [(2, 0), (1, 1)] as [(CInt, Int)] {
      process.store(1, ordering: .relaxed)
      let file = try disk.open("file", .createOrOpen)
      try file.lockExclusively()
      process.store(closer, ordering: .relaxed)
      file.close()
      #expect(unlocked.value == count)
    }
  }
}
