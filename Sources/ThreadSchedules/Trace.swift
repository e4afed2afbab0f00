import SeededRandom

/// What came before a step and could not have come after it, as a hash: the thread's own steps, and those of others on what it shares
/// with them.
///
/// Two runs in which every thread and everything shared has the same trace differ only in the order of steps that have nothing to do
/// with each other, so they are in the same state (Mazurkiewicz, 1977; Musuvathi and Qadeer, MSR-TR-2007-12, for a bound on
/// preemptions). Two traces with the same hash by chance have a probability of about 2⁻⁶⁴.
struct Trace: Hashable {
  private(set) var hash: UInt64 = 0

  mutating func add(_ word: UInt64) { hash = SplitMix64.mix(hash &* 31 &+ word &+ 0x9e37_79b9_7f4a_7c15) }
}

/// What came before on something that threads share: the last change, and the looks at it since, whose order says nothing.
struct SharedTrace {
  private var change = Trace()
  private var looks: UInt64 = 0

  /// A step of the thread whose trace it is. With any other one here it cannot change places.
  mutating func change(by thread: inout Trace) {
    thread.add(change.hash)
    thread.add(looks)
    change = thread
    looks = 0
  }

  /// A step of the thread whose trace it is that only looks.
  mutating func look(by thread: inout Trace) {
    thread.add(change.hash)
    looks &+= SplitMix64.mix(thread.hash)
  }

  func add(to state: inout Trace) {
    state.add(change.hash)
    state.add(looks)
  }
}
