internal import Synchronization
internal import SystemPackage

/// The owner of one file descriptor, which closes it exactly once.
///
/// A descriptor's number belongs to whichever file is opened next once it is closed, so a thread that closes must
/// never pull it from under a thread that reads or writes. Each call therefore holds the descriptor while it
/// lasts, and where `close()` meets calls under way, the last of them closes.
final class Descriptor: Sendable {
  private let number: CInt
  private let calls: SystemCalls

  /// Twice the number of calls that hold the descriptor, plus one when it is closed.
  private let holds = Atomic<Int>(0)
  /// The process that locked the file through this descriptor; 0 for none.
  private let lockOwner = Atomic<CInt>(0)

  init(owning number: CInt, _ calls: SystemCalls) {
    self.number = number
    self.calls = calls
  }

  deinit {
    close()
  }

  /// Makes one system call, repeated while it is interrupted.
  ///
  /// The number is lent, never given out: the last use of this object in a caller may end its life, and with it the
  /// descriptor, before a call with the bare number has begun.
  func call(_ body: (SystemCalls, CInt) -> Int) throws(Errno) -> Int {
    try SystemCalls.retrying { body(calls, number) }
  }

  /// Makes one system call that says more than a number.
  func call<Success>(_ body: (SystemCalls, CInt) -> Result<Success, Errno>) throws(Errno) -> Success {
    try body(calls, number).get()
  }

  /// Makes one system call that may be interrupted, and says so.
  func callOnce(_ body: (SystemCalls, CInt) -> Int) -> Int {
    body(calls, number)
  }

  /// Another descriptor of the same file, for direct writes that are durable when they return.
  func reopenedForDirectWrites() throws(Errno) -> Descriptor {
    Descriptor(owning: CInt(try call { $0.reopenDirect($1) }), calls)
  }

  /// Takes the open file's exclusive lock, until the descriptor is closed.
  func lock() throws(Errno) {
    _ = try call { $0.lock($1) }
    lockOwner.store(calls.process(), ordering: .releasing)
  }

  /// Keeps the descriptor open until `release()`; false where it is closed.
  func hold() -> Bool {
    var seen = holds.load(ordering: .relaxed)
    while seen & 1 == 0 {
      let (exchanged, original) = holds.weakCompareExchange(
        expected: seen, desired: seen + 2, ordering: .acquiring)
      if exchanged { return true }
      seen = original
    }
    return false
  }

  /// Ends a `hold()` that returned true.
  func release() {
    let (_, left) = holds.subtract(2, ordering: .acquiringAndReleasing)
    if left == 1 { closeNumber() }
  }

  /// Refuses calls from now on, and closes the descriptor once the calls under way have ended.
  func close() {
    let (before, _) = holds.bitwiseOr(1, ordering: .acquiringAndReleasing)
    if before == 0 { closeNumber() }
  }

  /// What close reports is not for the caller: a write's error belongs to the sync that vouches for it, and Linux lets
  /// the descriptor go in every case, so that a repeated close could hit a file of another thread.
  ///
  /// A lock is let go first. It belongs to the open file, which a forked child has as well until it calls exec or exits: with
  /// the descriptor alone it would stay locked that long. A child lets nothing go that its parent holds.
  private func closeNumber() {
    let owner = lockOwner.load(ordering: .acquiring)
    if owner != 0, owner == calls.process() { _ = calls.unlock(number) }
    _ = calls.close(number)
  }
}
