import FaultFS
import TortureCampaign
import TortureCore
import TortureFailures

/// A group of failures in words: its title, the smallest failure, what closes it.
extension FailureGroup {
  /// One sentence that says what is wrong with its first failure.
  var summary: String {
    if let minimal { return minimal.finding.summary }
    let first = examples.first
    return first?.violation?.text ?? first?.trap?.text ?? kind
  }

  /// Its cause in a few words: the missing sync where one is known, else what the crash took or what trapped.
  var title: String { barriers.first.map(\.title) ?? signature.place }

  /// The sync that closes it, or the syncs of which each is needed, in sentences; nil where none is known.
  var remedy: String? {
    switch barriers.count {
    case 0: nil
    case 1: barriers[0].text
    default: barriers.map { $0.text("is one of those that close this") }.joined(separator: " ")
    }
  }

  /// The syncs that close its first failure together, in terms of the smallest form of it.
  private var barriers: [MissingBarrier] {
    guard let explanation = minimal?.explanation else { return [missing].compactMap(\.self) }
    return explanation.barriers.first.map { [$0] } ?? explanation.together
  }

  /// Why no sync closes it; nil where one does, or nobody looked.
  var refusal: String? { minimal?.explanation?.withoutBarrier.map(ExplanationText.text) }

  /// What its first failure needs of the disk: with the rule that most disks keep, of those that close it; nil where nobody
  /// looked or no single rule does.
  var need: String? {
    guard let verdict = minimal?.explanation?.rules.first, let rule = verdict.rule else { return nil }
    let extent = verdict.isProven ? "" : ", though not every crash state was judged"
    return "Needs \(rule.breach): where \(rule.text), nothing is found\(extent)."
  }

  /// How far its first failure was made smaller; nil where nobody tried, or there was nothing to leave out.
  var sizes: String? {
    guard let minimal, minimal.operationsFound > 0 else { return nil }
    let count = minimal.operations.count
    if minimal.operationsFound == count && !minimal.isMinimal {
      return "\(Figure.count(count, "operation")), as it was found."
    }
    let end = minimal.isMinimal ? "nothing more can be left out" : "a limit ended the search"
    let found = Figure.count(minimal.operationsFound, "operation")
    return count == 0
      ? "Made smaller from \(found) to none: creating the store is enough."
      : "Made smaller from \(found) to \(count); \(end)."
  }

  /// On which disks it does not happen; nothing where nobody looked.
  var safeDisks: [String] {
    guard let explanation = minimal?.explanation else { return [] }
    let proven = explanation.profiles.filter(\.isProven).map {
      "\($0.disk) (each of \($0.extent?.bracketed ?? ""))"
    }
    let unseen = explanation.profiles.filter { $0.isSafe && !$0.isProven }.map(\.disk)
    var lines: [String] = []
    if !proven.isEmpty { lines.append("These operations are safe on \(proven.joined(separator: ", ")).") }
    if !unseen.isEmpty {
      lines.append(
        "Nothing was found on \(unseen.joined(separator: ", ")), where not every crash state was judged.")
    }
    if proven.isEmpty && unseen.isEmpty { lines.append("These operations fail on every profile.") }
    return lines
  }

  /// The smallest failure line by line: its operations, the power cuts, what the last of them took; empty where
  /// nobody made it smaller.
  var story: [String] {
    guard let minimal else { return [] }
    var lines = minimal.operations.enumerated().map { "\($0 + 1). \($1)" }
    for (depth, crash) in minimal.finding.crashes.enumerated() {
      let place = depth == 0 ? "" : depth == 1 ? " of recovery" : " of recovery \(depth)"
      lines.append("power is cut at storage call \(crash.point)\(place)")
    }
    return lines + minimal.finding.losses.map(\.text)
  }
}
