/// A value with its lock: it is reached by way of the lock, and not without it.
@safe struct Guarded<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
  private let monitor: Monitor
  private let place: UnsafeMutablePointer<Value>

  init(_ value: consuming Value, by monitor: Monitor) {
    self.monitor = monitor
    unsafe place = CacheLines.allocate(for: Value.self)
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
  func lock() -> Held<Value> { unsafe Held(monitor, place, isObserved: monitor.take()) }

  /// The same, behind another lock (`ThreadScheduler.takeInStep`).
  @unsafe @_lifetime(immortal)
  @inline(__always)
  func lockInStep() -> Held<Value> { unsafe Held(monitor, place, isObserved: monitor.take(isInStep: true)) }

  /// Takes the lock, by a caller that has others too and gives all of them back.
  ///
  /// - Safety: `giveBack` comes before this ends.
  @unsafe func take() { monitor.take(isInStep: true) }

  /// - Safety: after `take`, once.
  @unsafe func giveBack(hasChanged: Bool) { monitor.unlock(hasChanged: hasChanged) }

  /// - Safety: between `take` and `giveBack`, by the thread that called them; that says that it has changed.
  @unsafe func withTaken(_ body: (inout Value) -> Void) {
    monitor.look()
    unsafe body(&place.pointee)
  }

  /// As the same of `Held`.
  ///
  /// - Safety: between `take` and `giveBack`, by the thread that called them.
  @unsafe func examineTaken<Answer: Hashable>(_ question: (borrowing Value) -> Answer) -> Answer {
    let answer = unsafe question(place.pointee)
    monitor.learn(answer)
    return answer
  }

  /// Wakes all who wait for the event, without the lock, which they need at once.
  func signal(_ event: Monitor.Event) { monitor.signal(event) }

  /// Wakes one of those who wait for the event.
  func signalOne(_ event: Monitor.Event) { monitor.signalOne(event) }
}

/// Has what is only added up.
protocol Tallied: ~Copyable {
  associatedtype Sums
  var tally: Sums { get set }
}

extension Held where Value: Tallied & ~Copyable {
  /// Adds to the sums. Nobody learns of that, and the order of additions says nothing.
  func tally(_ add: (inout Value.Sums) -> Void) { unsafe add(&place.pointee.tally) }
}

/// A lock that is held, and what it guards; its end lets the lock go.
///
/// Who is given it `inout` may let the lock go on the way, and find another state afterwards. Who is given the value `inout` may not:
/// nothing that others do comes between.
///
/// A scheduler is told what the thread sees of the value: all of it, where it reaches for `value`; no more than the answer, where it asks a
/// question (`examine`). Threads that have the same answers go on in the same way, whatever else the value holds.
@safe struct Held<Value: ~Copyable>: ~Copyable, ~Escapable {
  /// Not counted: it lives as long as the `Guarded` that lent it.
  private let monitor: Unmanaged<Monitor>
  fileprivate let place: UnsafeMutablePointer<Value>
  /// Whether a scheduler is to be told what is seen.
  private let isObserved: Bool
  /// Whether the value may have changed since the lock was taken.
  private var hasChanged = false

  @unsafe @_lifetime(immortal)
  @inline(__always)
  fileprivate init(
    _ monitor: borrowing Monitor, _ place: UnsafeMutablePointer<Value>, isObserved: Bool
  ) {
    unsafe self.monitor = .passUnretained(copy monitor)
    unsafe self.place = place
    self.isObserved = isObserved
  }

  @inline(__always)
  deinit {
    let hasChanged = hasChanged
    unsafe monitor._withUnsafeGuaranteedRef { $0.unlock(hasChanged: hasChanged) }
  }

  var value: Value {
    // An address, and not coroutines: these do not compile with a sanitizer, which takes what they yield for an escape.
    @inline(__always) unsafeAddress {
      if isObserved { look() }
      return unsafe UnsafePointer(place)
    }
    @inline(__always) unsafeMutableAddress {
      if isObserved { look() }
      hasChanged = true
      return unsafe place
    }
  }

  /// Asks something about the value.
  ///
  /// - Parameter question: answers by the value alone. All that the thread learns of it is the answer.
  @inline(__always)
  func examine<Answer: Hashable>(_ question: (borrowing Value) -> Answer) -> Answer {
    let answer = unsafe question(place.pointee)
    if isObserved { unsafe monitor._withUnsafeGuaranteedRef { $0.learn(answer) } }
    return answer
  }

  /// Changes the value by what the thread knows already.
  ///
  /// - Parameter body: learns nothing of the value.
  mutating func change(_ body: (inout Value) -> Void) {
    hasChanged = true
    // Not by way of `self`, which a sanitizer takes to escape with it.
    let place = unsafe place
    unsafe body(&place.pointee)
  }

  @inline(never)
  private func look() { unsafe monitor._withUnsafeGuaranteedRef { $0.look() } }

  /// Lets the lock go until the event is signalled, then takes it again. May also return without cause.
  ///
  /// - Parameter nanosecondsMax: how long to wait at most.
  mutating func wait(for event: Monitor.Event, nanosecondsMax: Int? = nil) {
    let hasChanged = hasChanged
    unsafe monitor._withUnsafeGuaranteedRef {
      $0.wait(for: event, hasChanged: hasChanged, nanosecondsMax: nanosecondsMax)
    }
    self.hasChanged = false
  }

  /// Lets the lock go while `body` runs, then takes it again.
  mutating func letGo<Result: ~Copyable, Failure: Error>(
    while body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let hasChanged = hasChanged
    unsafe monitor._withUnsafeGuaranteedRef { $0.unlock(hasChanged: hasChanged) }
    defer {
      unsafe monitor._withUnsafeGuaranteedRef { _ = $0.take() }
      self.hasChanged = false
    }
    return try body()
  }

  /// Wakes all who wait for the event.
  func signal(_ event: Monitor.Event) { unsafe monitor._withUnsafeGuaranteedRef { $0.signal(event) } }

  /// Wakes all, whatever they wait for.
  func signalAll() { unsafe monitor._withUnsafeGuaranteedRef { $0.signalAll() } }
}
