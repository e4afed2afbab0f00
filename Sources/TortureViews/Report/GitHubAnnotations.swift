import TortureCampaign
import TortureCore
import TortureFailures

/// What was found, as the commands that GitHub Actions reads from the output of a step.
enum GitHubAnnotations {
  /// GitHub shows ten errors of a step.
  private static let countMax = 10

  static func lines(_ views: CampaignViews) -> [String] {
    if views.record.isCanary {
      return views.scenarios.filter { $0.figures.violations == 0 }.prefix(countMax).map { scenario, figures in
        error(
          "canary not found: \(scenario.name)", "It was not found in \(Figure.count(figures.cases, "case")).",
          nil)
      }
    }
    let back = views.summary.regressions.failing.map { name in
      error("regression: \(name)", "A failure that was fixed is back; the run began with its replay.", nil)
    }
    let found = views.groups.prefix(countMax).map { group in
      var text = group.group.summary
      if let remedy = group.group.remedy { text += "\n\(remedy)" }
      if group.group.count > 1 {
        text += "\n\(Figure.grouped(group.group.count)) failures are like this one."
      }
      if let line = group.replayLine { text += "\nReproduce: \(line)" }
      return error(
        "\(group.group.kind): \(group.group.title)", text,
        group.frames.lazy.compactMap(SourcePlace.init).first)
    }
    let odd = OddityText.lines(views.summary).map {
      error("not judged, or not the same when run twice", $0, nil)
    }
    return Array((back + found + odd).prefix(countMax))
  }

  private static func error(_ title: String, _ text: String, _ place: SourcePlace?) -> String {
    var properties = ["title=\(property(title))"]
    if let place { properties = ["file=\(property(place.file))", "line=\(place.line)"] + properties }
    return "::error \(properties.joined(separator: ","))::\(message(text))"
  }

  /// A message is one line: `%`, and the ends of lines, are escaped.
  private static func message(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "%": escaped += "%25"
      case "\r": escaped += "%0D"
      case "\n": escaped += "%0A"
      default: escaped.unicodeScalars.append(MarkupText.isShown(scalar) ? scalar : "?")
      }
    }
    return escaped
  }

  /// In a property, what separates properties is escaped as well.
  private static func property(_ text: String) -> String {
    message(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
  }
}
