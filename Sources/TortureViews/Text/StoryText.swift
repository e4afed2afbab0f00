import FaultFS
import TortureCore
package import TortureFailures

/// What a replay has to say, line by line.
package enum StoryText {
  package static func lines(_ story: [StoryPart]) -> [String] { story.flatMap(lines) }

  private static func lines(_ part: StoryPart) -> [String] {
    switch part {
    case .beginning(let scenario, let seed, let sabotage, let operations, let calls):
      ["scenario \(scenario), seed \(seed)"]
        + sabotage.map { "sabotage: each \($0.drop.rawValue) of '\($0.file)' returns and does nothing" }
        + [
          "\(Figure.count(operations, "operation")) of the workload made \(Figure.count(calls, "storage call"))"
        ]
    case .missingStacks(let missing): [missing.text]
    case .fault(let fault, let inRecovery):
      ["fault\(inRecovery ? " in recovery" : ""): \(fault.text)"]
    case .steps(let steps):
      [""]
        + steps.flatMap { step in
          [
            step.operation.text(by: step.thread, isContinued: step.isContinued)
              + (step.failure.map { ": failed: \($0)" } ?? "")
          ]
            + callLines(step.calls)
        }
    case .owed(let owed?):
      ["", "promised durable: \(commits(owed.promised)); attempted: \(commits(owed.attempted))"]
    case .owed(nil): ["", "the store is still being created"]
    case .dropped(let dropped, let stack): ["", dropped.text] + frames(stack) + [""]
    case .powerCut(let cut): ["", cut.text]
    case .losses([]): ["nothing is lost"]
    case .losses(let losses): losses.flatMap { ["  \($0.loss.text)"] + frames($0.stack) }
    case .recovery([]): ["", "recovery changes nothing on the disk"]
    case .recovery(let calls):
      ["", "recovery makes \(Figure.count(calls.count, "storage call")):"] + calls.map { "  \($0.line)" }
    case .goingOn(let transactionsMax, let calls):
      [
        "",
        "the workload goes on with up to \(Figure.count(transactionsMax, "transaction")):",
      ] + calls.map { "  \($0.line)" }
    case .waiting(let thread, let cause, let stack): ["", "\(thread) waits for \(cause):"] + frames(stack)
    case .failedCheck(let stack): ["the check that failed:"] + frames(stack)
    case .violation(let violation): ["", violation.text]
    case .obstacle(let obstacle, isFound: true):
      ["\(text(obstacle)); the same failure is there in another crash state"]
    case .obstacle(let obstacle, isFound: false): ["", text(obstacle)]
    case .searched(let executions, let extent?) where extent.isComplete:
      [
        "each of \(extent.text) of the same operations was judged, in \(Figure.count(executions, "execution"))"
      ]
    case .searched(let executions, let extent):
      [
        "\(Figure.count(executions, "execution")) of the same operations were looked at, which are not all crash "
          + "states\(extent.map { ": \($0.shortfall)" } ?? "")"
      ]
    }
  }

  /// A line for each call; of very many, the first and the last ones.
  private static func callLines(_ calls: [StorageCall]) -> [String] {
    let shown = 20
    let lines = calls.count > 2 * shown ? Array(calls.prefix(shown)) + calls.suffix(shown) : calls
    var text = lines.map { "  \($0.line)" }
    if lines.count < calls.count {
      text.insert("  … \(Figure.count(calls.count - lines.count, "call")) more …", at: shown)
    }
    return text
  }

  private static func text(_ obstacle: ReplayObstacle) -> String {
    switch obstacle {
    case .runIsShorter(let point, let last): "it crashes at storage call \(point), the run has \(last)"
    case .notPossible(let point):
      "the state that it crashes into at storage call \(point) is no longer possible"
    case .noHarm: "the reproducer's crash does no harm"
    }
  }

  private static func frames(_ stack: [StackFrame]) -> [String] { stack.map { "      \($0.text)" } }

  private static func commits(_ count: Int) -> String {
    switch count {
    case 0: "no commit"
    case 1: "commit 1"
    default: "commits 1 to \(count)"
    }
  }
}
