import FaultFS
import Storage

/// What a recovered disk has to be: one of the states between what was promised and what was attempted.
struct Bounds: Hashable {
  var promised: Int
  var attempted: Int
}

/// Recovers a disk and judges what it finds.
struct Judge {
  let testCase: TestCase
  /// Sees the check that fails, and each storage call that is left out; a replay takes call stacks there.
  var witness: CaseWitness?
  private let checked = CheckedPrefixes()

  init(testCase: TestCase, witness: CaseWitness? = nil) {
    self.testCase = testCase
    self.witness = witness
  }

  /// The prefixes whose states were held against the workload's invariant: states of one hash are one state, so each
  /// is looked at once.
  private final class CheckedPrefixes {
    var numbers: Set<Int> = []
  }

  /// What one recovery came to.
  struct Outcome {
    var violation: Violation?
    /// The prefix that the state is; nil where there is a violation or durability is not checked.
    var prefix: Int?
    /// How many operations recovery made before the system was usable.
    var recoveryEnd = 0
    /// What the witness returned for the check that failed.
    var failedCheck: Int?
  }

  /// Recovers the system on `disk` and compares what it then holds with what is legal.
  ///
  /// - Parameters:
  ///   - bounds: nil where the crash came before the store had been created: then the creation is completed first.
  ///   - opens: whether the system is opened even where its files show all there is to see.
  func recover(_ disk: FaultDisk, _ bounds: Bounds?, opens: Bool) -> Outcome {
    let storage = testCase.storage(over: disk, witness: witness)
    var outcome = Outcome()
    do {
      if bounds == nil { try testCase.system.create(on: storage, for: testCase.scenario) }
      let hash = try look(disk, storage, opens: opens) { hash, images in
        outcome.recoveryEnd = disk.operationCount
        judge(hash, images, bounds ?? Bounds(promised: 0, attempted: 0), &outcome)
      }
      if outcome.violation == nil, testCase.scenario.invariants.contains(.fixpoint) {
        // Recovered again, as after another crash that lost nothing.
        let again = try look(disk, storage, opens: opens) { _, _ in }
        if again != hash {
          fail(
            Violation(.notAFixpoint, "Recovering the recovered disk a second time changed its segments."),
            &outcome)
        }
      }
    } catch {
      fail(Violation(.recoveryFailed, "Recovery failed: \(error)"), &outcome)
    }
    return outcome
  }

  /// Recovers, and calls `body` with the hash of the segments and a function that copies them.
  ///
  /// - Returns: the hash.
  private func look(
    _ disk: FaultDisk, _ storage: any Storage, opens: Bool, _ body: (UInt64, () -> [[UInt8]]) -> Void
  ) throws -> UInt64 {
    if !opens, try testCase.system.recover(on: storage, for: testCase.scenario),
      let hash = stateHash(of: disk)
    {
      body(hash) { images(on: disk) }
      return hash
    }
    let system = try testCase.system.open(on: storage, for: testCase.scenario)
    let hash = try system.stateHash()
    body(hash) { system.images() }
    return hash
  }

  /// The state's hash by the segments' files; nil where one is missing or has another length.
  private func stateHash(of disk: FaultDisk) -> UInt64? {
    var hash: UInt64 = 0
    for (index, segment) in testCase.scenario.segments.enumerated() {
      guard let content = disk.content(of: segment.name, stream: index), content.size == segment.length
      else { return nil }
      hash ^= content.hash
    }
    return hash
  }

  private func images(on disk: FaultDisk) -> [[UInt8]] {
    testCase.scenario.segments.map { segment in
      (try? disk.open(segment.name, .readOnly).read(segment.length, at: 0)) ?? []
    }
  }

  private func judge(_ hash: UInt64, _ images: () -> [[UInt8]], _ bounds: Bounds, _ outcome: inout Outcome) {
    let invariants = testCase.scenario.invariants
    if invariants.contains(.durability) {
      if let prefix = testCase.oracle.prefix(
        of: hash, promised: bounds.promised, attempted: bounds.attempted)
      {
        outcome.prefix = prefix
        if checked.numbers.insert(prefix).inserted { checkInvariant(images, &outcome) }
        return
      }
      let verdict = testCase.oracle.judge(
        images(), promised: bounds.promised, attempted: bounds.attempted)
      if case .violation(let violation) = verdict { fail(violation, &outcome) }
    }
    if outcome.violation == nil { checkInvariant(images, &outcome) }
  }

  private func checkInvariant(_ images: () -> [[UInt8]], _ outcome: inout Outcome) {
    guard testCase.scenario.invariants.contains(.workload),
      let broken = testCase.invariant.check(images())
    else { return }
    fail(Violation(.invariantBroken, broken), &outcome)
  }

  private func fail(_ violation: Violation, _ outcome: inout Outcome) {
    outcome.violation = violation
    outcome.failedCheck = witness?.capture()
  }
}
