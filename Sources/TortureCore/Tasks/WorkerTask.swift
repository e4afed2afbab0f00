/// Something that a worker process does when it is asked to: a value that says what it needs, and what it answers.
///
/// The target that owns a task registers it in `WorkerTasks`; nothing else knows all of them.
package protocol WorkerTask: Codable, Sendable {
  associatedtype Answer: Codable, Sendable

  /// What it is called among all tasks: letters and `-`.
  static var name: String { get }

  /// Does it. May trap where the system under test does.
  ///
  /// - Parameter memory: what earlier tasks of the process left.
  func perform(_ memory: WorkerMemory) throws -> Answer
}

/// What a worker keeps from one task to the next, since it costs to make and follows from the tasks alone.
package final class WorkerMemory {
  private var values: [ObjectIdentifier: Any] = [:]

  package init() {}

  /// The value of that type which an earlier task left, where it fits; otherwise the one that `make` makes, which is kept.
  package func value<Value>(fitting fits: (Value) -> Bool, make: () throws -> Value) rethrows -> Value {
    let key = ObjectIdentifier(Value.self)
    if let known = values[key] as? Value, fits(known) { return known }
    let new = try make()
    values[key] = new
    return new
  }
}

/// Runs the case of a scenario and a seed.
package struct RunTask: WorkerTask {
  package static let name = "run"

  package var scenario: Scenario
  package var seed: UInt64
  /// How many processes it may use, where the case can use more than one.
  package var cores: Int

  package init(scenario: Scenario, seed: UInt64, cores: Int = 1) {
    self.scenario = scenario
    self.seed = seed
    self.cores = cores
  }

  package func perform(_: WorkerMemory) -> CaseResult {
    CaseRunner.run(scenario, seed: seed, cores: cores)
  }
}
