internal import FoundationEssentials
package import Storage

/// What a store does in a process of its own, on the real files that it finds there: its workload, or a recovery.
///
/// It says what it does by lines, which are put in order with the calls that reach the disk below.
package struct StoreTask: Codable, Sendable {
  package enum Part: Codable, Hashable, Sendable {
    /// Creates the store and runs the operations.
    case workload
    /// Recovers, once the creation is complete.
    case recovery(completesCreation: Bool)
  }

  package var scenario: Scenario
  package var seed: UInt64
  package var operations: [Operation]
  package var part: Part

  /// A line of its output.
  enum Line: Hashable {
    /// The store has been created.
    case created
    /// The next operation begins.
    case begins
    /// It has returned, and every commit is promised but the last ones; nil where nothing is promised.
    case returned(allBut: Int?)
    /// A rare state was reached.
    case mark(String, count: Int)
    /// The bytes of the next segment.
    case segment([UInt8])
    /// Recovered again, the store shows the same.
    case again(isSame: Bool)

    var text: String {
      switch self {
      case .created: "created"
      case .begins: "begins"
      case .returned(let last): last.map { "returned \($0)" } ?? "returned"
      case .mark(let name, let count): "mark \(count) \(name)"
      case .segment(let bytes): "segment \(Data(bytes).base64EncodedString())"
      case .again(let isSame): "again \(isSame)"
      }
    }

    init?(_ text: String) {
      let words = text.split(separator: " ", maxSplits: 2).map(String.init)
      switch (words.first, words.count) {
      case ("created", 1): self = .created
      case ("begins", 1): self = .begins
      case ("returned", 1): self = .returned(allBut: nil)
      case ("returned", 2): self = .returned(allBut: Int(words[1]))
      case ("mark", 3):
        guard let count = Int(words[1]) else { return nil }
        self = .mark(words[2], count: count)
      case ("segment", 1): self = .segment([])
      case ("segment", 2):
        guard let bytes = Data(base64Encoded: words[1]) else { return nil }
        self = .segment([UInt8](bytes))
      case ("again", 2): self = .again(isSame: words[1] == "true")
      default: return nil
      }
    }
  }

  /// Does it, on `storage`.
  ///
  /// - Parameter say: takes each line, at once.
  package func perform(on storage: any Storage, say: (String) -> Void) throws {
    let testCase = TestCase(scenario, seed: seed, workload: Workload(operations: operations))
    let storage = testCase.sabotaged(storage)
    switch part {
    case .workload: try work(testCase, storage) { say($0.text) }
    case .recovery(let completesCreation):
      if completesCreation { try testCase.system.create(on: storage, for: scenario) }
      let hash = try look(testCase, storage) { say($0.text) }
      guard scenario.invariants.contains(.fixpoint) else { return }
      // Recovered again, as after another crash that lost nothing.
      say(Line.again(isSame: try look(testCase, storage) { _ in } == hash).text)
    }
  }

  private func work(_ testCase: TestCase, _ storage: any Storage, say: (Line) -> Void) throws {
    try testCase.system.create(on: storage, for: scenario)
    var system = try testCase.system.open(on: storage, for: scenario)
    say(.created)
    for operation in operations {
      say(.begins)
      if case .reopen = operation {
        try system.close()
      } else {
        try system.perform(operation)
      }
      if case .everyCommitBut(let last) = system.promise(after: operation) {
        say(.returned(allBut: last))
      } else {
        say(.returned(allBut: nil))
      }
      if case .reopen = operation {
        sayMarks(of: system, say)
        system = try testCase.system.open(on: storage, for: scenario)
      }
      for _ in 0..<testCase.traits.stepsPerOperation { try system.step() }
    }
    sayMarks(of: system, say)
  }

  private func sayMarks(of system: any SystemUnderTest, _ say: (Line) -> Void) {
    for (name, count) in system.marks.sorted(by: { $0.key < $1.key }) where count > 0 {
      say(.mark(name, count: count))
    }
  }

  /// Opens the store, which recovers it, and shows its segments.
  private func look(_ testCase: TestCase, _ storage: any Storage, say: (Line) -> Void) throws -> UInt64 {
    let system = try testCase.system.open(on: storage, for: scenario)
    sayMarks(of: system, say)
    try system.readSegments { _, bytes in
      say(.segment(unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }))
    }
    return try system.stateHash()
  }
}
