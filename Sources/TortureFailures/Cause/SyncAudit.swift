package import TortureCore

/// What leaving out syncs came to, place by place, over all cases that were looked at.
///
/// A sync is needed if one crash state of the run without it alone is wrong. What is never needed by itself may still be
/// needed together with others of its kind, so those are left out together as well.
package struct SyncAudit: Encodable {
  /// One place that syncs.
  package struct Row: Encodable {
    package var site: SyncSite
    /// How many of its syncs were left out, each by itself.
    package var tried = 0
    /// Of these, how many were missed.
    package var needed = 0
    /// What the first of them came to: a kind of violation, or `trap`.
    package var consequence: String?
    /// Of those that were not missed, how many were left out in every crash state.
    package var provenUnneeded = 0
    /// What was judged without those that were not missed.
    package var extents: [HuntExtent] = []

    package var isNeeded: Bool { needed > 0 }
  }

  /// What leaving out one or more syncs came to.
  package struct Trial: Encodable {
    /// What is wrong then; nil for nothing.
    package var consequence: String?
    /// What was judged, where nothing is.
    package var extent: HuntExtent?

    /// Whether every crash state was judged, tears aside, and nothing is wrong.
    package var isComplete: Bool { consequence == nil && extent?.isComplete == true }

    /// What a hunt came to.
    package init(_ outcome: CrashHunt.Outcome) {
      consequence = outcome.caught?.violation.kind.rawValue
      extent = outcome.extent
    }

    package init(trap: Trap) { consequence = "trap" }
  }

  package private(set) var rows: [Row] = []
  /// Of each case in which syncs that are never needed were left out together: what was wrong then.
  package private(set) var together: [Trial] = []

  package init(rows: [Row] = [], together: [Trial] = []) {
    self.rows = rows
    self.together = together
  }

  /// Takes in what leaving out one sync of `site` came to.
  package mutating func add(_ site: SyncSite, _ trial: Trial) {
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
    } else {
      if trial.isComplete { rows[index].provenUnneeded += 1 }
      if let extent = trial.extent { rows[index].extents.append(extent) }
    }
  }

  /// Takes in what leaving out all that are never needed came to, in one case.
  package mutating func add(together trial: Trial) {
    together.append(trial)
  }

  /// Of a case's sites, those that were never needed.
  package func unneeded(_ sites: [SyncSite]) -> [SyncSite] {
    sites.filter { site in rows.contains { $0.site.key == site.key && !$0.isNeeded } }
  }
}
