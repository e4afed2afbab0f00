/// What leaving out syncs came to, place by place, over all cases that were looked at.
///
/// A sync is needed if one crash state of the run without it alone is wrong. What is never needed by itself may still be
/// needed together with others of its kind, so those are left out together as well.
struct SyncAudit {
  /// One place that syncs.
  struct Row {
    var site: SyncSite
    /// How many of its syncs were left out, each by itself.
    var tried = 0
    /// Of these, how many were missed.
    var needed = 0
    /// What the first of them came to: a kind of violation, or `trap`.
    var consequence: String?
    /// Of those that were not missed, how many were left out in every crash state.
    var provenUnneeded = 0

    var isNeeded: Bool { needed > 0 }
  }

  /// What leaving out one or more syncs came to.
  struct Trial {
    /// What is wrong then; nil for nothing.
    var consequence: String?
    /// Whether every crash state was judged, tears aside, where nothing is.
    var isComplete: Bool

    /// What one was told of a hunt.
    init(_ outcome: CrashHunt.Outcome) {
      consequence = outcome.caught?.violation.kind.rawValue
      isComplete = outcome.isComplete
    }

    init(trap: Trap) {
      consequence = "trap"
      isComplete = true
    }
  }

  private(set) var rows: [Row] = []
  /// Of the cases in which syncs that are never needed were left out together: how many, and what was wrong then.
  private var casesTogether = 0
  private var together: [Trial] = []

  /// Takes in what leaving out one sync of `site` came to.
  mutating func add(_ site: SyncSite, _ trial: Trial) {
    let index: Int
    if let known = rows.firstIndex(where: { $0.site.key == site.key }) {
      index = known
      for subject in site.subjects where !rows[index].site.subjects.contains(subject) {
        rows[index].site.subjects.append(subject)
      }
    } else {
      index = rows.count
      rows.append(Row(site: site))
    }
    rows[index].tried += 1
    if let consequence = trial.consequence {
      rows[index].needed += 1
      rows[index].consequence = rows[index].consequence ?? consequence
    } else if trial.isComplete {
      rows[index].provenUnneeded += 1
    }
  }

  /// Takes in what leaving out all that are never needed came to, in one case.
  mutating func add(together trial: Trial) {
    casesTogether += 1
    together.append(trial)
  }

  /// Of a case's sites, those that were never needed.
  func unneeded(_ sites: [SyncSite]) -> [SyncSite] {
    sites.filter { site in rows.contains { $0.site.key == site.key && !$0.isNeeded } }
  }

  // MARK: In words

  /// The table for a reader: what is needed, then what is not.
  var lines: [String] {
    var lines: [String] = []
    for row in rows where row.isNeeded {
      lines.append("needed  \(row.site.title)  \(count(row))  first missed as \(row.consequence ?? "")")
      lines += row.site.stack.map { "      \($0)" }
    }
    let unneeded = rows.filter { !$0.isNeeded }
    for row in unneeded {
      let extent =
        row.provenUnneeded == row.tried
        ? "in every crash state"
        : "sampled: not every crash state was looked at in \(row.tried - row.provenUnneeded) of them"
      lines.append("never needed  \(row.site.title)  \(count(row)), \(extent)")
      lines += row.site.stack.map { "      \($0)" }
    }
    lines.append("")
    lines.append(
      unneeded.isEmpty
        ? "Each of \(rows.count) places that sync is needed."
        : "\(unneeded.count) of \(rows.count) places that sync \(unneeded.count == 1 ? "was" : "were") never needed."
    )
    if let wrong = together.first(where: { $0.consequence != nil }), let consequence = wrong.consequence {
      lines.append("Left out together, they are missed: \(consequence). Not all of them can go.")
    } else if !together.isEmpty {
      let extent =
        together.allSatisfy(\.isComplete) ? "in every crash state" : "in the crash states looked at"
      lines.append("Left out together, they are not missed either, \(extent).")
    }
    return lines
  }

  private func count(_ row: Row) -> String { "\(row.needed) of \(row.tried)" }
}
