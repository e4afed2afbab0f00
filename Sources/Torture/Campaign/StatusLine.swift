internal import BigInt

/// How a run goes, in one line: on a terminal the same line again and again, elsewhere a plain line now and then.
struct StatusLine {
  /// Where nothing is live, a line comes this often.
  private static let plainInterval = Duration.seconds(5)
  private static let liveInterval = Duration.milliseconds(200)

  private let console: Console
  private let start: Duration
  private var lastShown: Duration
  private var newest: Duration
  private var isOpen = false

  /// What is counted, and in how many parts the run comes: `120/400 cases`.
  private let unit: String
  private let planned: Int
  private var finished = 0
  private var executed = 0
  private var executedBefore = 0
  private var covered = BigUInt(0)
  private var failures = 0
  /// What runs, by slot.
  private var running: [Int: String] = [:]

  /// The line of a run that begins `now`.
  ///
  /// - Parameters:
  ///   - unit: what the run is made of, in the plural.
  ///   - planned: how many there are.
  ///   - now: the time since a fixed moment, here and in all else.
  init(_ console: Console, unit: String, planned: Int, now: Duration) {
    self.console = console
    self.unit = unit
    self.planned = planned
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
    if isEarlier { executedBefore = executed }
    self.covered = covered
    failures = total.violations
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
    let rate = seconds > 0 ? Double(executed - executedBefore) / seconds : 0
    let parts = [
      TimeLimit.text(seconds: Int(seconds)),
      "\(Figure.grouped(finished))/\(Figure.grouped(planned)) \(unit)",
      "\(Figure.compact(BigUInt(executed))) states",
      "\(Figure.compact(BigUInt(rate)))/s",
      "\(Figure.compact(covered)) covered",
      "\(Figure.grouped(failures)) \(failures == 1 ? "failure" : "failures")",
      "newest \(TimeLimit.text(seconds: Int((now - newest) / .seconds(1)))) ago",
    ]
    let names = running.sorted { $0.key < $1.key }.map(\.value)
    return (parts + (names.isEmpty ? [] : [names.joined(separator: ", ")])).joined(separator: " · ")
  }
}
