/// A value with its lock: it is reached by way of the lock, and not without it.
@safe struct Guarded<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
  private let monitor: Monitor
  private let place: UnsafeMutablePointer<Value>

  init(_ value: consuming Value, by monitor: Monitor) {
    self.monitor = monitor
    unsafe place = .allocate(capacity: 1)
    unsafe place.initialize(to: value)
  }

  deinit {
    unsafe place.deinitialize(count: 1)
    unsafe place.deallocate()
  }

  /// Takes the lock, which is held as long as what this returns.
  ///
  /// - Safety: that must end before this does: the owner of both says so, by what it makes it depend on.
  @unsafe @_lifetime(immortal)
  @inline(__always)
  func lock() -> Held<Value> {
    monitor.lock()
    return unsafe Held(monitor, place)
  }

  /// The same, behind another lock (`ThreadScheduler.takeInStep`).
  @unsafe @_lifetime(immortal)
  @inline(__always)
  func lockInStep() -> Held<Value> {
    monitor.lockInStep()
    return unsafe Held(monitor, place)
  }

  /// Takes the lock, by a caller that has others too and gives all of them back.
  ///
  /// - Safety: `giveBack` comes before this ends.
  @unsafe func take() { monitor.lockInStep() }

  /// - Safety: after `take`, once.
  @unsafe func giveBack() { monitor.unlock() }

  /// - Safety: between `take` and `giveBack`, by the thread that called them.
  @unsafe func withTaken(_ body: (inout Value) -> Void) { unsafe body(&place.pointee) }

  /// Wakes all who wait for the event, without the lock, which they need at once.
  func signal(_ event: Monitor.Event) { monitor.signal(event) }

  /// Wakes one of those who wait for the event.
  func signalOne(_ event: Monitor.Event) { monitor.signalOne(event) }
}

/// A lock that is held, and what it guards; its end lets the lock go.
///
/// Who is given it `inout` may let the lock go on the way, and find another state afterwards. Who is given the value `inout` may not:
/// nothing that others do comes between.
@safe struct Held<Value: ~Copyable>: ~Copyable, ~Escapable {
  /// Not counted: it lives as long as the `Guarded` that lent it.
  private let monitor: Unmanaged<Monitor>
  private let place: UnsafeMutablePointer<Value>

  @unsafe @_lifetime(immortal)
  @inline(__always)
  fileprivate init(_ monitor: borrowing Monitor, _ place: UnsafeMutablePointer<Value>) {
    unsafe self.monitor = .passUnretained(copy monitor)
    unsafe self.place = place
  }

  @inline(__always)
  deinit { unsafe monitor._withUnsafeGuaranteedRef { $0.unlock() } }

  var value: Value {
    // An address, and not coroutines: these do not compile with a sanitizer, which takes what they yield for an escape.
    @inline(__always) unsafeAddress { unsafe UnsafePointer(place) }
    @inline(__always) unsafeMutableAddress { unsafe place }
  }

  /// Lets the lock go until the event is signalled, then takes it again. May also return without cause.
  ///
  /// - Parameter nanosecondsMax: how long to wait at most.
  mutating func wait(for event: Monitor.Event, nanosecondsMax: Int? = nil) {
    unsafe monitor._withUnsafeGuaranteedRef { $0.wait(for: event, nanosecondsMax: nanosecondsMax) }
  }

  /// Lets the lock go while `body` runs, then takes it again.
  mutating func letGo<Result: ~Copyable, Failure: Error>(
    while body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    unsafe monitor._withUnsafeGuaranteedRef { $0.unlock() }
    defer { unsafe monitor._withUnsafeGuaranteedRef { $0.lock() } }
    return try body()
  }

  /// Wakes all who wait for the event.
  func signal(_ event: Monitor.Event) { unsafe monitor._withUnsafeGuaranteedRef { $0.signal(event) } }

  /// Wakes all, whatever they wait for.
  func signalAll() { unsafe monitor._withUnsafeGuaranteedRef { $0.signalAll() } }
}
