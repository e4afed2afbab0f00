import FaultFS

/// What recoveries came to, kept from one crash point of a run to the next.
///
/// What a recovery comes to is a function of what it observes (`CourseMemory`), but for one thing: it is judged by
/// what is owed at its crash point. So a remembered recovery counts at another point only where each state that it and the
/// crashes in it arrived at is found to be the same prefix there. Kept are only recoveries without a violation: what is
/// wrong is always executed, and reported with all that belongs to it.
package struct ExplorationMemory {
  /// A state that was looked up among the prefixes that are legal at the crash point.
  struct Sighting: Hashable {
    var hash: UInt64
    var prefix: Int?
  }

  /// What a recovery, with the crashes in it, came to.
  struct Outcome {
    var sightings: [Sighting]
    var digest: UInt64
    var worst: FaultVerdict
  }

  let courses: CourseMemory
  /// By the number of the course; nil where what came after the course is not known for all points.
  private var outcomes: [Outcome?] = []

  private let program: ProgramCase?

  init(_ window: CrashWindow, _ testCase: TestCase) {
    program = testCase.program
    courses = CourseMemory(window)
  }

  /// Whether the terms depend on nothing but the crash point's prefixes.
  static func applies(to terms: Terms) -> Bool {
    terms.owed == .everything && !terms.isInDoubt
  }

  /// Recoveries that first complete the store's creation are not the same function as others.
  private func root(_ terms: Terms) -> Int {
    if terms.bounds == nil { return 0 }
    return program?.root(of: terms) ?? 1
  }

  /// Makes room, between two crash points.
  mutating func makeRoom() {
    if courses.isFull {
      courses.removeAll()
      outcomes.removeAll()
    }
  }

  /// What the recovery on the disk of the window's body would come to; nil where it has to run.
  func recall(_ terms: Terms, _ testCase: TestCase) -> Outcome? {
    guard let course = courses.recall(root: root(terms)), let outcome = outcomes[course],
      outcome.sightings.allSatisfy({ $0.prefix == terms.prefix(of: $0.hash, in: testCase) }),
      courses.dependenciesHold(for: course)
    else { return nil }
    return outcome
  }

  /// Begins to write down a recovery that runs.
  func begin(_ terms: Terms) {
    courses.begin(root: root(terms))
  }

  /// The recovery has come to its end; nil where it is not to be kept.
  func end(_ outcome: Judge.Outcome) -> Int? {
    guard outcome.violation == nil, outcome.verdict == .durableAtomic else {
      courses.abandon()
      return nil
    }
    return courses.end()
  }

  /// Keeps what a recovery came to, now that the crashes in it were explored; nil where that is not to be kept.
  mutating func keep(_ course: Int, _ outcome: Outcome?) {
    while outcomes.count <= course { outcomes.append(nil) }
    guard let outcome else {
      outcomes[course] = nil
      return courses.abandon()
    }
    outcomes[course] = courses.keepDependencies(of: course) ? outcome : nil
  }
}

extension Terms {
  /// The prefix that a state of the hash is under these terms, as the judge finds it.
  package func prefix(of hash: UInt64, in testCase: TestCase) -> Int? {
    guard testCase.scenario.invariants.contains(.durability) else { return nil }
    let bounds = bounds ?? .exactly(0)
    return testCase.oracle.prefix(
      of: hash, promised: owed.required(of: bounds), attempted: bounds.attempted)
  }
}
