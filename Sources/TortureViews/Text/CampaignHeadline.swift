import TortureCampaign
import TortureCore
import TortureFailures

/// What a campaign came to, in a sentence and a tone: every view says it this way.
struct CampaignHeadline {
  enum Tone: String {
    case good, warn, bad
  }

  let text: String
  let tone: Tone

  init(_ record: CampaignRecord, _ summary: Summary) {
    var words: [String] = []
    var isBad = false
    func note(_ text: String) {
      words.append(text)
      isBad = true
    }
    let total = summary.total
    if record.isCanary {
      let missed = record.notFound(summary).count
      words.append("\(record.scenarios.count - missed) of \(record.scenarios.count) canaries found")
      isBad = missed > 0
    } else {
      if total.violations > 0 {
        note(
          "\(Figure.count(summary.groups.count, "failure")), \(Figure.count(total.violations, "violation"))")
      }
    }
    if total.failed > 0 { note("\(Figure.count(total.failed, "case")) could not be judged") }
    let back = summary.regressions.failing
    if !back.isEmpty {
      note("\(back.count == 1 ? "a regression is" : "regressions are") back: \(back.joined(separator: ", "))")
    }
    if summary.nondeterminism.count > 0 {
      note("two runs of \(Figure.count(summary.nondeterminism.count, "case")) differ")
    }
    if words.isEmpty { words.append("Nothing found") }
    let skipped = record.skipped(summary)
    if !skipped.isEmpty {
      words.append(
        "\(skipped.count) of \(Figure.count(record.scenarios.count, "scenario")) did not run")
    }
    switch summary.state {
    case .finished: break
    case .running: words.append("still running")
    case .interrupted: words.append("interrupted")
    case .failed: note("the harness itself failed")
    }
    text = words.joined(separator: ", ")
    tone = isBad ? .bad : skipped.isEmpty && summary.state == .finished ? .good : .warn
  }
}
