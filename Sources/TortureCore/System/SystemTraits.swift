/// What a system under test can do, and what it cannot see: a scenario that asks for more is refused.
public struct SystemTraits: Hashable, Sendable {
  /// How many clients may have a transaction open at the same time.
  public var clientsMax: Int
  /// Whether a commit can return before it is durable. Where it cannot, a scenario's `commit_no_flush` must be 0.
  public var commitsWithoutFlush: Bool
  /// How many steps of background work the harness takes after each operation.
  public var stepsPerOperation: Int
  /// The files, as names or patterns in which `*` stands for any characters, whose bytes the format cannot check: what
  /// a fault changes in them, the store cannot be blamed for believing.
  public var uncheckedFiles: [String]
  /// Whether the format distinguishes a log that was damaged before its end from one that was being written when power was
  /// cut. Where it cannot, a fault may cost any number of the newest commits.
  public var tellsDamageFromTornTail: Bool
  /// Whether an opening makes durable what it shows, also where a sync had failed before it and only the system's cache
  /// holds it. Where it does not, a later power loss may take back what was not promised before.
  public var openingPromises: Bool
  /// How much a transaction may write.
  public var budget: TransactionBudget

  /// By default: one client, every commit durable when it returns, no background work, every byte checked, damage in a
  /// log taken for its end, what an opening shows is promised, and room for any transaction.
  public init(
    clientsMax: Int = 1, commitsWithoutFlush: Bool = false, stepsPerOperation: Int = 0,
    uncheckedFiles: [String] = [], tellsDamageFromTornTail: Bool = false, openingPromises: Bool = true,
    budget: TransactionBudget = .unlimited
  ) {
    self.clientsMax = clientsMax
    self.commitsWithoutFlush = commitsWithoutFlush
    self.stepsPerOperation = stepsPerOperation
    self.uncheckedFiles = uncheckedFiles
    self.tellsDamageFromTornTail = tellsDamageFromTornTail
    self.openingPromises = openingPromises
    self.budget = budget
  }

  /// What the scenario asks of its system that the system cannot do.
  package func problems(of scenario: Scenario) -> [ScenarioConsistency.Problem] {
    var problems: [ScenarioConsistency.Problem] = []
    let name = scenario.system.name
    if scenario.workload.clients > clientsMax {
      let most = clientsMax == 1 ? "1" : "at most \(clientsMax)"
      problems.append(
        .init(
          path: "workload.clients",
          message: "workload.clients: expected \(most), since the system '\(name)' has no more transactions "
            + "open at the same time, found \(scenario.workload.clients)"))
    }
    if scenario.workload.mix.commitNoFlush > 0 && !commitsWithoutFlush {
      problems.append(
        .init(
          path: "workload.mix.commit_no_flush",
          message: "workload.mix.commit_no_flush: expected 0, since every commit of the system '\(name)' is "
            + "durable when it returns, found \(scenario.workload.mix.commitNoFlush)"))
    }
    return problems
  }
}
