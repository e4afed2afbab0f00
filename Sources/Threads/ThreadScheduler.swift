/// Decides which of a program's threads goes on, in place of the system.
///
/// All that an engine's threads wait for goes through this: locks, events, other threads, time. In production an engine has
/// no scheduler, and the system decides. Under test it is given one that lets one thread run at a time and decides at each of
/// these calls who goes on, so that a run can be repeated exactly.
///
/// A lock is as POSIX has it: not recursive, and taken by whichever thread comes first once it is free. An event is a condition of
/// a lock.
///
/// Threading: called by the threads that it schedules.
package protocol ThreadScheduler: AnyObject, Sendable {
  /// A lock of its own, free; its number for the calls below.
  func makeLock(_ name: StaticString) -> Int

  /// Returns once the calling thread has the lock.
  func take(_ lock: Int)

  /// Takes a lock that nobody waits with for another one: in the thread's present step, where it has done nothing in that but take others.
  /// So no other thread comes between the two, and none has to (Lipton, CACM '75).
  func takeInStep(_ lock: Int)

  /// The calling thread is about to look at, or change, a value that threads change without a lock; the value has a lock's number.
  func access(_ value: Int)

  func release(_ lock: Int)

  /// Lets the lock go until another thread wakes those who wait for the event; then takes it again.
  ///
  /// - Parameter nanosecondsMax: how long to wait at most, in the scheduler's time; nil for as long as it takes.
  func sleep(in lock: Int, for event: Int, nanosecondsMax: Int?)

  /// Wakes those who wait for the event, or one of them.
  func wake(_ event: Int, of lock: Int, all: Bool)

  /// Starts a thread that runs `body`; its number for `join`.
  func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Int

  /// The number of the calling thread.
  var currentThread: Int { get }

  /// Returns once the thread has ended.
  func join(_ thread: Int)

  /// The scheduler's time. It moves only while threads wait.
  func time() -> Int
}
