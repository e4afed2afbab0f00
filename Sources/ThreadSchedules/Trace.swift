import SeededRandom

/// What a thread knows, or what threads share holds, as a hash of how it came about.
///
/// A thread's steps follow from what it knows: where it began, and all that it learned since, step by step. What threads share follows
/// from the changes to it: who made each, and what that thread knew. So where all of these are the same, the program is in the same
/// state, and goes on in the same way, however it came there (Musuvathi and Qadeer, MSR-TR-2007-12, for a bound on preemptions). Where a
/// thread learns nothing of another one's step, the order of the two leaves no trace.
///
/// Two traces with the same hash by chance have a probability of about 2⁻⁶⁴.
struct Trace: Hashable {
  private(set) var hash: UInt64 = 0

  mutating func add(_ word: UInt64) { hash = SplitMix64.mix(hash &* 31 &+ word &+ 0x9e37_79b9_7f4a_7c15) }
}

/// What the storage holds, and when commits were called and returned between its changes.
struct StorageTrace {
  private var changes = Trace()
  /// Since the last change; their order says nothing.
  private var marks: UInt64 = 0

  /// The thread changes it, and learns nothing.
  mutating func change(by thread: Trace) {
    changes.add(marks)
    changes.add(thread.hash)
    marks = 0
  }

  /// It matters after which change the thread came here, and nothing else does.
  mutating func mark(by thread: Trace) { marks &+= SplitMix64.mix(thread.hash) }

  /// A hash of both.
  var hash: UInt64 { SplitMix64.mix(changes.hash &* 31 &+ marks) }
}
