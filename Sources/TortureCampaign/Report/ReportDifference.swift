import SystemPackage
import TextFiles
package import TortureFailures

/// What one campaign found that another did not.
///
/// Two groups of failures are one where they have the same fingerprint, or the same missing sync: which failure of a cause a
/// campaign meets first, and so the fingerprint, changes with its seeds. What is not there any more is gone only where the
/// later campaign looked: where a scenario that showed it before had a case.
package struct ReportDifference {
  /// Found by the later campaign alone.
  package private(set) var new: [FailureGroup] = []
  /// Found by both, as the later one has it.
  package private(set) var known: [FailureGroup] = []
  /// Found by the earlier one alone, with how many cases of its scenarios the later one had: 1 at least.
  package private(set) var gone: [(group: FailureGroup, cases: Int)] = []
  /// Found by the earlier one in scenarios that the later one did not run.
  package private(set) var unseen: [FailureGroup] = []

  /// The difference of two summaries.
  package init(from earlier: Summary, to later: Summary) {
    for group in later.groups.all {
      if earlier.groups.all.contains(where: group.isLike) { known.append(group) } else { new.append(group) }
    }
    for group in earlier.groups.all where !later.groups.all.contains(where: group.isLike) {
      let cases = group.scenarios.keys.reduce(0) { $0 + (later.perScenario[$1]?.cases ?? 0) }
      if cases > 0 { gone.append((group, cases)) } else { unseen.append(group) }
    }
  }

  /// The summary of the report in the folder `path`.
  ///
  /// - Throws: where there is none, or its campaign is still running.
  package static func summary(of path: String) throws(ReportError) -> Summary {
    let root = FilePath(path)
    try ReportFolder.requireReport(path)
    let summary: Summary
    do {
      summary = try JSONText.decode(
        Summary.self, from: TextFile.read(root.appending(ReportFolder.summaryName)))
    } catch {
      throw ReportError("the report in '\(path)': \(error)", isWrongFolder: true)
    }
    try summary.requireEnded(in: path)
    return summary
  }
}
