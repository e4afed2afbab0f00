/// The files that are made of a campaign's results at its end, each for another reader.
package enum ReportView: String, CaseIterable, Sendable {
  case html, junit, sarif, markdown

  /// Its name in the report's folder.
  package var fileName: String {
    switch self {
    case .html: "report.html"
    case .junit: "junit.xml"
    case .sarif: "results.sarif"
    case .markdown: "summary.md"
    }
  }
}
