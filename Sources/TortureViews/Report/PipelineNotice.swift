internal import SystemPackage
import TextFiles
package import TortureCampaign

/// Tells the pipeline that runs a campaign what was found, where its environment says that it wants to know.
package struct PipelineNotice {
  private let environment: [String: String]

  /// GitHub takes a summary of at most 1 MiB from a step.
  private static let summaryBytesMax = 1 << 20

  package init(_ environment: [String: String]) {
    self.environment = environment
  }

  /// Appends the Markdown summary to the file that `GITHUB_STEP_SUMMARY` names.
  ///
  /// - Returns: the annotations for standard output, where `GITHUB_ACTIONS` is `true`.
  package func tell(_ views: CampaignViews) throws(ReportError) -> [String] {
    if let path = environment["GITHUB_STEP_SUMMARY"], !path.isEmpty {
      var text = MarkdownSummary(views).text()
      if text.utf8.count > Self.summaryBytesMax {
        text = "## lrvm-torture: \(MarkupText.markdown(views.headline.text))\n"
      }
      do {
        let file = try LineFile(goingOn: FilePath(path))
        try file.append(bytes: Array(text.utf8))
        try file.close()
      } catch {
        throw ReportError("\(error); GITHUB_STEP_SUMMARY names that file")
      }
    }
    return environment["GITHUB_ACTIONS"] == "true" ? GitHubAnnotations.lines(views) : []
  }
}
