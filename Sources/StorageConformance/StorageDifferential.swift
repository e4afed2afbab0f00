public import Storage

/// Two storages side by side: whatever one answers, the other must answer too.
///
/// It finds what a list of checks does not think of: states that only a long history of calls reaches.
public enum StorageDifferential {
  /// Applies the same random operations to two empty storages and compares every result, errors with their name
  /// and cause included, and in the end every file, byte for byte: those that have a name and those still open.
  ///
  /// The sequence is decided by `seed` alone. Malformed calls are among them (negative offsets, invalid names).
  ///
  /// - Parameters:
  ///   - operationCount: how many operations, at least one; contents are also compared after every 500th.
  ///   - seed: decides the operations.
  ///   - actual: the storage to be judged.
  ///   - reference: the one that is taken to be right.
  /// - Throws: `ConformanceFailure` at the first difference, naming the seed, the operation and both answers.
  public static func run(
    operationCount: Int, seed: UInt64, _ actual: any Storage, reference: any Storage
  ) throws {
    precondition(operationCount > 0, "a run of \(operationCount) operations shows nothing")
    var generator = OperationGenerator(seed: seed)
    var actualMachine = StorageMachine(actual)
    var referenceMachine = StorageMachine(reference)
    for index in 1...operationCount {
      let operation = generator.next()
      let outcome = try actualMachine.apply(operation)
      let expected = try referenceMachine.apply(operation)
      if outcome != expected {
        throw ConformanceFailure(
          "seed \(seed), operation \(index), \(operation): \(explain(outcome, expected))")
      }
      guard index % 500 == 0 || index == operationCount else { continue }
      if let difference = try difference(actualMachine, referenceMachine) {
        throw ConformanceFailure("seed \(seed), after operation \(index), \(operation): \(difference)")
      }
    }
  }

  private static func explain(_ actual: StorageMachine.Outcome, _ expected: StorageMachine.Outcome) -> String
  {
    if case .bytes(let actual) = actual, case .bytes(let expected) = expected,
      let difference = firstDifference(actual, expected)
    {
      return difference
    }
    return "expected \(expected), got \(actual)"
  }

  private static func difference(_ actual: StorageMachine, _ reference: StorageMachine) throws -> String? {
    let actual = try actual.contents()
    let expected = try reference.contents()
    guard actual.map(\.file) == expected.map(\.file) else {
      return "expected the files \(expected.map(\.file)), got \(actual.map(\.file))"
    }
    for (actual, expected) in zip(actual, expected) {
      if let difference = firstDifference(actual.bytes, expected.bytes) {
        return "\(actual.file): \(difference)"
      }
    }
    return nil
  }
}
