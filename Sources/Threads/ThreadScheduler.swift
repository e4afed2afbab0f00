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

  /// Returns once the calling thread has the lock. What that guards it has not looked at then (`look`, `learn`).
  func take(_ lock: Int)

  /// Takes a lock that nobody waits with for another one: in the thread's present step, where it has done nothing in that but take others.
  /// So no other thread comes between the two, and none has to (Lipton, CACM '75).
  func takeInStep(_ lock: Int)

  /// The calling thread, which has the lock, looks at all that it guards: what it does from here on may depend on anything there.
  func look(at lock: Int)

  /// The calling thread learned this, and no more, of what a lock guards: what it does from here on depends on that.
  func learn(_ answer: Int)

  /// The calling thread has looked at a value that threads change without a lock, or changed it. The value has a lock's number.
  ///
  /// - Parameters:
  ///   - content: all of the value, as it is now.
  ///   - answer: what the thread learned of it.
  func access(_ value: Int, content: Int, learning answer: Int)

  /// Lets the lock go.
  ///
  /// - Parameter hasChanged: whether what it guards may have changed since the calling thread took it.
  func release(_ lock: Int, hasChanged: Bool)

  /// Lets the lock go until another thread wakes those who wait for the event; then takes it again, as `take` does.
  ///
  /// - Parameters:
  ///   - hasChanged: as for `release`.
  ///   - nanosecondsMax: how long to wait at most, in the scheduler's time; nil for as long as it takes.
  func sleep(in lock: Int, hasChanged: Bool, for event: Int, nanosecondsMax: Int?)

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
