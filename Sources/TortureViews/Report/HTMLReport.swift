import BigInt
import Mustache
import TextFiles
import TortureCampaign
import TortureCore
import TortureFailures

/// A campaign as one HTML page: nothing is loaded from elsewhere, and it says all it has to say without scripts.
struct HTMLReport {
  private let views: CampaignViews

  /// This many groups are open when the page is.
  private static let openMax = 3
  private static let stacksMax = 6
  private static let framesMax = 20
  private static let listMax = 40

  init(_ views: CampaignViews) {
    self.views = views
  }

  func text() throws(ReportError) -> String {
    do {
      return try MustacheTemplate(string: HTMLTemplate.page).render(page)
    } catch {
      throw ReportError("the template of the HTML report is broken: \(error)")
    }
  }

  // MARK: The page

  private var page: [String: Any] {
    let summary = views.summary
    var page: [String: Any] = [
      "css": HTMLStyle.css, "script": HTMLStyle.script, "verdict": plain(views.headline.text),
      "tone": views.headline.tone.rawValue, "campaign": summary.campaign, "shard": "\(summary.shard)",
      "seeds": plain(summary.seeds), "version": summary.version, "figures": figures,
      "scenarios": views.scenarios.map(row), "marks": marks,
      "hasMarks": !marks.isEmpty,
      "marksCount": "\(summary.total.marks.count)",
      "reached": "\(summary.total.marks.values.count { $0 > 0 })",
      "hasGroups": !views.groups.isEmpty, "groups": views.groups.enumerated().map { group($1, number: $0) },
      "groupsCount": count(views.groups.count + views.groupsLeftOut, "group"),
      "kinds": Set(views.groups.map(\.group.kind)).sorted(),
      "names": Set(views.groups.flatMap(\.group.scenarios.keys)).sorted().map(plain),
    ]
    let oddities = OddityText.lines(summary)
    page["hasOddities"] = !oddities.isEmpty
    page["oddities"] = oddities.map(plain)
    page["isClean"] = views.groups.isEmpty && views.headline.tone == .good
    let faults = views.scenarios.flatMap { faultRows($0.scenario, $0.figures) }
    page["hasFaults"] = !faults.isEmpty
    page["faults"] = faults
    if views.hasTimes, let chart = ProgressChart(summary.progress) { page["chart"] = chart.svg }
    if let needs = NeedsText.line(summary.groups.all) { page["needs"] = plain(needs) }
    if views.groupsLeftOut > 0 {
      page["leftOut"] = "\(count(views.groupsLeftOut, "further group")) are in summary.json only."
    }
    return page
  }

  private var figures: [[String: String]] {
    let total = views.summary.total
    var figures = [
      ("cases", Figure.grouped(total.cases)),
      ("crash states executed", Figure.grouped(total.crashStatesExecuted)),
      ("crash states covered", Self.covered(total)), ("violations", Figure.grouped(total.violations)),
      ("traps", Figure.grouped(total.trapped)), ("not judged", Figure.grouped(total.failed)),
      ("commits", Figure.grouped(total.commits)),
    ]
    if views.hasTimes {
      figures.append(("seconds", Figure.seconds(total.seconds)))
      figures.append(("states/s", Figure.grouped(Int(total.statesPerSecond))))
    }
    return figures.map { ["name": $0.0, "value": $0.1] }
  }

  private func row(_ scenario: Scenario, _ figures: Summary.Figures) -> [String: Any] {
    [
      "name": plain(scenario.name), "profile": scenario.disk.profile.rawValue,
      "fault": plain(CampaignViews.fault(scenario)), "cases": Figure.grouped(figures.cases),
      "states": Figure.grouped(figures.crashStatesExecuted),
      "recovery": Figure.grouped(figures.recoveryCrashStatesExecuted), "covered": Self.covered(figures),
      "violations": Figure.grouped(figures.violations),
      "isBad": figures.violations > 0 && !views.record.isCanary, "isSkipped": figures.cases == 0,
      "traps": Figure.grouped(figures.trapped), "failed": Figure.grouped(figures.failed),
    ]
  }

  /// A row for each kind of fault that struck the scenario's runs.
  private func faultRows(_ scenario: Scenario, _ figures: Summary.Figures) -> [[String: Any]] {
    figures.faults.sorted { $0.key < $1.key }.map { kind, tally in
      let verdicts = tally.verdicts.sorted { $0.key < $1.key }.map { "\($0.key) \(Figure.grouped($0.value))" }
      return [
        "name": plain(scenario.name), "profile": scenario.disk.profile.rawValue, "kind": plain(kind),
        "runs": Figure.grouped(tally.runs), "states": Figure.grouped(tally.crashStates),
        "verdicts": plain(verdicts.joined(separator: ", ")), "violations": Figure.grouped(tally.violations),
        "isBad": tally.violations > 0 && !views.record.isCanary,
      ]
    }
  }

  /// What the executed states stand for; a large number in powers of ten.
  private static func covered(_ figures: Summary.Figures) -> String {
    guard let coverage = figures.coverage else { return Figure.grouped(figures.crashStatesExecuted) }
    return Figure.compact(coverage.covered, exactDigits: 12)
  }

  private var marks: [[String: Any]] {
    views.summary.total.marks.sorted { ($0.value == 0 ? 0 : 1, $0.key) < ($1.value == 0 ? 0 : 1, $1.key) }
      .map { mark, count in
        let names = views.scenarios.filter { ($0.figures.marks[mark] ?? 0) > 0 }.map {
          plain($0.scenario.name)
        }
        return [
          "name": plain(mark), "count": Figure.grouped(count), "isReached": count > 0,
          "scenarios": names.joined(separator: ", "),
        ]
      }
  }

  // MARK: A group of failures

  private func group(_ group: CampaignViews.Group, number: Int) -> [String: Any] {
    let names = group.group.scenarios.sorted { $0.key < $1.key }
    var values: [String: Any] = [
      "id": "group-\(group.group.fingerprint)", "kind": group.group.kind,
      "place": plain(group.group.title), "count": "\(Figure.count(group.group.count, "violation")) kept",
      "scenarios": names.map { "\(plain($0.key)) (\(Figure.grouped($0.value)))" }.joined(separator: ", "),
      "scenariosJSON": (try? JSONText.line(names.map { plain($0.key) })) ?? "[]",
      "summary": plain(group.group.summary), "where": plain(place(group)), "isOpen": number < Self.openMax,
    ]
    if let path = group.reproducer { values["reproducer"] = path }
    if let line = group.replayLine { values["replay"] = plain(line) }
    if let remedy = group.group.remedy ?? group.group.refusal { values["remedy"] = plain(remedy) }
    if let minimal = group.group.minimal {
      var shown: [String: Any] = [
        "operations": minimal.operations.map { plain("\($0)") },
        "disks": ([group.group.need].compactMap(\.self) + group.group.safeDisks).map(plain),
      ]
      if let sizes = group.group.sizes { shown["sizes"] = plain(sizes) }
      values["minimal"] = shown
    }
    if let found = group.found { values["found"] = self.found(found) }
    if let bytes = bytes(group) { values["bytes"] = bytes }
    let examples = group.group.examples.map { plain("\($0.scenario), seed \($0.seed): \($0.id)") }
    if examples.count > 1 { values["examples"] = ["list": examples] }
    let stacks =
      group.finding?.trap.map { [(title: $0.text, frames: $0.stack)] }
      ?? group.picture?.stacks.map { (title: $0.subject.text, frames: $0.frames) } ?? []
    let told = stacks.filter { !$0.frames.isEmpty }
    // The check that failed comes last in the story and must not fall off.
    let chosen = told.count > Self.stacksMax ? told.prefix(Self.stacksMax - 1) + told.suffix(1) : told[...]
    values["hasStacks"] = !chosen.isEmpty
    values["stacks"] = chosen.map {
      [
        "title": plain($0.title),
        "frames": $0.frames.prefix(Self.framesMax).map { plain($0.text) },
      ]
    }
    let losses = losses(group.finding)
    values["hasLosses"] = !losses.isEmpty
    values["losses"] = losses
    if let picture = group.picture, !picture.events.isEmpty {
      values["timeline"] = timeline(picture, missing: group.group.barrier, id: group.group.fingerprint)
      if let stepping = Stepping(picture) { values["stepping"] = stepping.values }
      if let recovery = picture.recoveries.last, !recovery.isEmpty {
        values["recovery"] = recovery.prefix(Self.listMax).map { plain($0.call.line) }.joined(separator: "\n")
      }
    }
    return values
  }

  /// The failure as it was found, for whoever wants to see it whole.
  private func found(_ found: CampaignViews.Group.Found) -> [String: Any] {
    let losses = losses(found.finding)
    return [
      "summary": plain(found.finding.summary), "losses": losses, "hasLosses": !losses.isEmpty,
      "path": found.reproducer, "replay": plain(found.replayLine),
    ]
  }

  private func losses(_ finding: Finding?) -> [String] {
    let losses = finding?.losses.map(\.text) ?? []
    return losses.prefix(Self.listMax).map(plain)
      + (losses.count > Self.listMax ? ["and \(losses.count - Self.listMax) more"] : [])
  }

  private func place(_ group: CampaignViews.Group) -> String {
    guard let first = group.group.examples.first else { return "" }
    return "First in \(first.scenario), seed \(first.seed)."
  }

  private func timeline(_ picture: FailurePicture, missing: MissingBarrier?, id: String) -> [String: Any] {
    var promise = picture.cutsText
    if let owed = picture.owed {
      let promised = owed.promised == 0 ? "no commit" : count(owed.promised, "commit")
      let attempted = owed.attempted == 0 ? "none" : "\(owed.attempted)"
      promise += " By then \(promised) had been promised durable, and \(attempted) had been attempted."
    }
    var all = picture.steps.map { (text: $0.text, calls: $0.start..<$0.end) }
    if let first = picture.events.first?.call.number, first < all.first?.calls.lowerBound ?? Int.max {
      let end = all.first?.calls.lowerBound ?? (picture.events.last?.call.number ?? 0) + 1
      all.insert(("before", first..<end), at: 0)
    }
    let steps = all.map { step -> [String: Any] in
      let events = picture.events.filter { step.calls.contains($0.call.number) }.map { event in
        let isSync = event.call.kind.isSync
        return [
          "index": "\(event.call.number)", "text": plain(event.call.text),
          "class": isSync ? "sync" : event.fate.rawValue,
          "fate": isSync ? (event.fate == .never ? "never" : "sync") : event.fate.rawValue,
        ]
      }
      return ["text": plain(step.text), "events": events]
    }
    let drawing = TimelineDrawing(picture, missing: missing, id: id)
    return [
      "promise": plain(promise), "svg": drawing.svg, "overlay": drawing.overlay,
      "steps": steps,
    ]
  }

  /// The bytes from the first difference on, expected above found.
  private func bytes(_ group: CampaignViews.Group) -> [String: Any]? {
    guard let violation = group.finding?.violation, let expected = violation.expected,
      let found = violation.found,
      let offset = violation.offset
    else { return nil }
    let left = Self.pairs(expected)
    let right = Self.pairs(found)
    let segment = violation.segment.flatMap { group.segments.indices.contains($0) ? group.segments[$0] : nil }
    func cells(_ bytes: [String], _ others: [String]) -> [[String: Any]] {
      bytes.enumerated().map { index, byte in
        ["byte": plain(byte), "differs": index >= others.count || others[index] != byte]
      }
    }
    return [
      "place": plain("Byte \(offset) of \(segment ?? "a segment"), in hexadecimal."),
      "columns": left.indices.map { "+\($0)" }, "expected": cells(left, right), "found": cells(right, left),
    ]
  }

  private static func pairs(_ digits: String) -> [String] {
    var pairs: [String] = []
    var rest = digits[...]
    while !rest.isEmpty && pairs.count < 16 {
      pairs.append(String(rest.prefix(2)))
      rest = rest.dropFirst(2)
    }
    return pairs
  }

  private func count(_ count: Int, _ what: String) -> String {
    "\(Figure.grouped(count)) \(what)\(count == 1 ? "" : "s")"
  }

  /// Without characters that steer; the template escapes the rest.
  private func plain(_ text: String) -> String { PlainText.of(text) }
}

/// Text without characters that steer a page: controls and marks of direction become `?`.
enum PlainText {
  static func of(_ text: String) -> String {
    guard !text.unicodeScalars.allSatisfy(MarkupText.isShown) else { return text }
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      scalars.append(MarkupText.isShown(scalar) || scalar == "\n" ? scalar : "?")
    }
    return String(scalars)
  }
}
