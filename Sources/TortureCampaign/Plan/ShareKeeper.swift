import TortureCore

/// Which scenario is next under a limit: first each that has had no case at all, the cheapest first; then the one that has
/// had least of its share.
///
/// A scenario with slow cases would otherwise take most of the time, and one with many crash states most of the
/// states. A scenario that keeps reaching marks it had not reached before counts with twice its share: new seeds go
/// first where they bring something new. It does so for its first few cases, and as long as one of its last few
/// reached a new mark, so a mark that it can never reach draws nothing for long.
struct ShareKeeper {
  /// This many cases without a new mark, and a scenario has its plain share again.
  static let patience = 8

  private struct Account {
    var share: Int
    /// What a case costs beside those of others, before any has run.
    var estimate: Int
    /// Seconds or crash states.
    var spent = 0.0
    var finished = 0
    var running = 0
    var casesSinceNewMark = 0
    var marksReached: Set<String> = []
    var hasUnreachedMarks = true
  }

  private var accounts: [Account]

  /// - Parameters:
  ///   - shares: of each scenario, at least 1.
  ///   - estimates: what a case of each costs, roughly.
  init(_ shares: [Int], estimates: [Int]) {
    accounts = zip(shares, estimates).map { Account(share: $0, estimate: $1) }
  }

  /// A case of `scenario` begins.
  mutating func begin(_ scenario: Int) { accounts[scenario].running += 1 }

  /// A case of `scenario` ended, and cost `cost`.
  mutating func end(_ scenario: Int, _ result: CaseResult, cost: Double) {
    accounts[scenario].running -= 1
    count(scenario, result, cost: cost)
  }

  /// A case of `scenario` ended in an earlier run.
  mutating func count(_ scenario: Int, _ result: CaseResult, cost: Double) {
    accounts[scenario].spent += cost
    accounts[scenario].finished += 1
    accounts[scenario].casesSinceNewMark += 1
    for (mark, count) in result.marks where count > 0 {
      if accounts[scenario].marksReached.insert(mark).inserted { accounts[scenario].casesSinceNewMark = 0 }
    }
    accounts[scenario].hasUnreachedMarks = accounts[scenario].marksReached.count < result.marks.count
  }

  /// Whether `left` comes before `right`.
  func isBefore(_ left: PlannedCase, _ right: PlannedCase) -> Bool {
    let (isNew, isOtherNew) = (isNew(left.scenario), isNew(right.scenario))
    if isNew != isOtherNew { return isNew }
    if isNew {
      return (accounts[left.scenario].estimate, left.scenario)
        < (accounts[right.scenario].estimate, right.scenario)
    }
    return (burden(left.scenario), left.round, left.scenario)
      < (burden(right.scenario), right.round, right.scenario)
  }

  /// Whether no case of the scenario has begun.
  private func isNew(_ scenario: Int) -> Bool {
    accounts[scenario].finished == 0 && accounts[scenario].running == 0
  }

  /// Whether a scenario keeps reaching marks that it had not reached.
  func isPromising(_ scenario: Int) -> Bool {
    accounts[scenario].hasUnreachedMarks && accounts[scenario].casesSinceNewMark < Self.patience
  }

  /// What a scenario has had, a running case counted as one like those before it, by its share.
  private func burden(_ scenario: Int) -> Double {
    let account = accounts[scenario]
    let cost = account.finished > 0 ? account.spent / Double(account.finished) : averageCost
    let weight = Double(account.share) * (isPromising(scenario) ? 2 : 1)
    return (account.spent + Double(account.running) * cost) / weight
  }

  private var averageCost: Double {
    let finished = accounts.reduce(0) { $0 + $1.finished }
    return finished > 0 ? accounts.reduce(0) { $0 + $1.spent } / Double(finished) : 1
  }
}
