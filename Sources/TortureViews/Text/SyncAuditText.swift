internal import BigInt
import TortureCore
package import TortureFailures

/// What leaving out syncs came to, in words: what is needed, then what is not.
package enum SyncAuditText {
  package static func lines(_ audit: SyncAudit) -> [String] {
    var lines: [String] = []
    for row in audit.rows where row.isNeeded {
      lines.append("needed  \(row.site.title)  \(count(row))  first missed as \(row.consequence ?? "")")
      lines += row.site.stack.map { "      \($0.text)" }
    }
    let unneeded = audit.rows.filter { !$0.isNeeded }
    for row in unneeded {
      lines.append("never needed  \(row.site.title)  \(count(row)), \(extent(row.extents, of: row.tried))")
      lines += row.site.stack.map { "      \($0.text)" }
    }
    lines.append("")
    let places = Figure.count(audit.rows.count, "place")
    lines.append(
      unneeded.isEmpty
        ? "Each of \(places) that \(audit.rows.count == 1 ? "syncs" : "sync") is needed."
        : "\(unneeded.count) of \(places) that sync \(unneeded.count == 1 ? "was" : "were") never needed.")
    if let wrong = audit.together.first(where: { $0.consequence != nil }), let consequence = wrong.consequence
    {
      lines.append("Left out together, they are missed: \(consequence). Not all of them can go.")
    } else if !audit.together.isEmpty {
      let extent = extent(audit.together.compactMap(\.extent), of: audit.together.count)
      lines.append("Left out together, they are not missed either, \(extent).")
    }
    return lines
  }

  private static func count(_ row: SyncAudit.Row) -> String { "\(row.needed) of \(row.tried)" }

  /// How much was judged without the syncs, which were left out this many times.
  private static func extent(_ extents: [HuntExtent], of tried: Int) -> String {
    let complete = extents.count { $0.isComplete }
    guard complete == tried else {
      return "sampled: not every crash state was judged in \(Figure.grouped(tried - complete)) of "
        + Figure.count(tried, "run")
    }
    let states = extents.reduce(BigUInt(0)) { $0 + $1.coverage.legal }
    let depth = extents.map(\.depth).max() ?? 1
    let cuts =
      depth > 1 ? "with up to \(Figure.count(depth - 1, "crash", "crashes")) in recovery" : "power cut once"
    return "in each of \(Figure.grouped(states)) crash states (\(cuts); torn sectors aside)"
  }
}

extension SyncSite {
  /// What, and of which files.
  fileprivate var title: String {
    let names = subjects.map { $0.isEmpty ? "the directory" : "'\($0)'" }
    let what =
      switch kind {
      case .syncData: "data sync"
      case .syncDirectory: "directory sync"
      default: "full sync"
      }
    return "\(what) of \(names.joined(separator: ", "))"
  }
}
