internal import BigInt
import TextFiles
import TortureCampaign

/// How a run goes, in one line: on a terminal the same line again and again, elsewhere a plain line now and then.
struct StatusLine {
  /// Where nothing is live, a line comes this often.
  private static let plainInterval = Duration.seconds(5)
  private static let liveInterval = Duration.milliseconds(200)

  /// What ends a run, whichever comes first.
  struct Budget {
    /// How many parts it comes in, and what they are: `120/400 cases`.
    var planned: Int
    var unit: String
    var timeLimitSeconds: Int?
    var statesMax: Int?
  }

  /// This many of those that run are named.
  private static let namesMax = 2
  /// After this long without an outcome the line says so: something may hang.
  private static let silenceMax = Duration.seconds(30)

  private let console: Console
  private let start: Duration
  private var lastShown: Duration
  private var newest: Duration
  private var isOpen = false

  private let budget: Budget
  private var finished = 0
  private var finishedBefore = 0
  private var executed = 0
  private var executedBefore = 0
  private var covered = BigUInt(0)
  private var violations = 0
  /// What runs, by slot.
  private var running: [Int: String] = [:]

  /// The line of a run that begins `now`.
  ///
  /// - Parameter now: the time since a fixed moment, here and in all else.
  init(_ console: Console, _ budget: Budget, now: Duration) {
    self.console = console
    self.budget = budget
    start = now
    lastShown = now
    newest = now
  }

  /// Takes the figures of all results so far.
  ///
  /// - Parameters:
  ///   - covered: how many legal crash states the executed ones stand for.
  ///   - isEarlier: whether an earlier run found them: they tell nothing of this one's speed.
  mutating func count(_ total: Summary.Figures, covered: BigUInt, isEarlier: Bool = false) {
    finished = total.cases
    executed = total.crashStatesExecuted
    if isEarlier { (finishedBefore, executedBefore) = (finished, executed) }
    self.covered = covered
    violations = total.violations
  }

  mutating func began(_ name: String, slot: Int) {
    running[slot] = SafeName.printable(name)
  }

  /// Notes that an outcome is in.
  mutating func ended(slot: Int, now: Duration) {
    running[slot] = nil
    newest = now
  }

  /// Brings the line up to date where it is time.
  mutating func tick(now: Duration) {
    guard now - lastShown >= (console.isLive ? Self.liveInterval : Self.plainInterval) else { return }
    lastShown = now
    guard console.isLive else { return console.writeStatus(text(now: now) + "\n") }
    // A line that wraps cannot be written over. Cursor to the first column, the new text, the rest of the old line
    // erased (ECMA-48).
    let fitting = text(now: now).prefix(max(1, console.statusWidth() - 1))
    console.writeStatus("\r\(fitting)\u{1b}[K")
    isOpen = true
  }

  /// Erases the line where it is live, so that another can take its place.
  mutating func close() {
    guard isOpen else { return }
    console.writeStatus("\r\u{1b}[K")
    isOpen = false
  }

  /// The line. What matters least stands last, where a narrow terminal cuts it off.
  private func text(now: Duration) -> String {
    let seconds = (now - start) / .seconds(1)
    let share = share(after: seconds)
    var parts = ["\(Int(share * 100))%"]
    if let left = secondsLeft(share, after: seconds) { parts.append("\(TimeLimit.text(seconds: left)) left") }
    parts.append("\(Figure.grouped(finished))/\(Figure.grouped(budget.planned)) \(budget.unit)")
    parts.append(Figure.count(violations, "violation"))
    if now - newest >= Self.silenceMax {
      parts.append("none finished for \(TimeLimit.text(seconds: Int((now - newest) / .seconds(1))))")
    }
    let names = running.sorted { $0.key < $1.key }.map(\.value)
    if !names.isEmpty {
      let others = names.count > Self.namesMax ? " and \(names.count - Self.namesMax) more" : ""
      parts.append(names.prefix(Self.namesMax).joined(separator: ", ") + others)
    }
    if executed > 0 {
      let rate = seconds > 0 ? Double(executed - executedBefore) / seconds : 0
      parts.append("\(Figure.compact(BigUInt(executed))) states, \(Figure.compact(BigUInt(rate)))/s")
    }
    if covered > BigUInt(executed) { parts.append("\(Figure.compact(covered)) covered") }
    return parts.joined(separator: " · ")
  }

  /// How much of the budget is spent: of whatever ends the run first, as it looks now.
  private func share(after seconds: Double) -> Double {
    var shares = [Double(finished) / Double(max(1, budget.planned))]
    if let limit = budget.timeLimitSeconds { shares.append(seconds / Double(limit)) }
    if let limit = budget.statesMax { shares.append(Double(executed) / Double(limit)) }
    return min(1, shares.max() ?? 0)
  }

  /// How long the run goes on at the present rate; nil while there is nothing to tell it by.
  private func secondsLeft(_ share: Double, after seconds: Double) -> Int? {
    let untilLimit = budget.timeLimitSeconds.map { max(0, Double($0) - seconds) }
    let earlier = Double(finishedBefore) / Double(max(1, budget.planned))
    guard finished > finishedBefore, share > earlier else { return untilLimit.map { Int($0.rounded(.up)) } }
    let left = seconds * (1 - share) / (share - earlier)
    return Int(min(left, untilLimit ?? left).rounded(.up))
  }
}
