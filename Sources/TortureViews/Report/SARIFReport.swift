import TextFiles
import TortureCampaign
import TortureCore
import TortureFailures

/// A campaign as a SARIF 2.1.0 log (OASIS standard): a result for each group of failures, with the place in the code
/// where the trouble shows, and the call stacks as a code flow; and one for each fixed failure that is back.
struct SARIFReport {
  private let views: CampaignViews

  init(_ views: CampaignViews) {
    self.views = views
  }

  func text() throws(ReportError) -> String {
    do {
      return try JSONText.document(log)
    } catch {
      throw ReportError("\(error)")
    }
  }

  // MARK: The parts of a log that are used, by the names of the standard

  private struct Log: Encodable {
    var version = "2.1.0"
    var runs: [Run]
    var schema = "https://json.schemastore.org/sarif-2.1.0.json"

    enum CodingKeys: String, CodingKey {
      case version, runs
      case schema = "$schema"
    }
  }

  private struct Run: Encodable {
    var tool: Tool
    var originalUriBaseIds = ["SRCROOT": Description("The folder of the checkout.")]
    var columnKind = "unicodeCodePoints"
    var results: [Result]
    var automationDetails: [String: String]
  }

  private struct Description: Encodable {
    var description: Message
    init(_ text: String) { description = Message(text: text) }
  }

  private struct Tool: Encodable { var driver: Driver }

  private struct Driver: Encodable {
    var name = "lrvm-torture"
    var version: String
    var rules: [Rule]
  }

  private struct Rule: Encodable {
    var id: String
    var shortDescription: Message
    var defaultConfiguration = ["level": "error"]
  }

  private struct Message: Encodable { var text: String }

  private struct Result: Encodable {
    var ruleId: String
    var ruleIndex: Int
    var level = "error"
    var message: Message
    var locations: [Location]
    var partialFingerprints: [String: String]
    var occurrenceCount: Int
    var codeFlows: [CodeFlow]?
    var properties: Properties
  }

  private struct Properties: Encodable {
    var scenarios: [String]
    var seed: UInt64?
    var reproduce: String?
  }

  private struct Location: Encodable {
    var physicalLocation: PhysicalLocation?
    var logicalLocations: [[String: String]]?
    var message: Message?
  }

  private struct PhysicalLocation: Encodable {
    var artifactLocation: ArtifactLocation
    var region: [String: Int]?
  }

  private struct ArtifactLocation: Encodable {
    var uri: String
    var uriBaseId = "SRCROOT"
  }

  private struct CodeFlow: Encodable { var threadFlows: [ThreadFlow] }

  private struct ThreadFlow: Encodable {
    var message: Message
    var locations: [ThreadFlowLocation]
  }

  private struct ThreadFlowLocation: Encodable {
    var location: Location
    var nestingLevel: Int
  }

  // MARK: Filling them

  /// Every rule, whether it was broken or not: identifiers and indices are the same in every log.
  private static let rules =
    Violation.Kind.allCases.map { Rule(id: $0.rawValue, shortDescription: Message(text: $0.sentence)) } + [
      Rule(id: "trap", shortDescription: Message(text: "The process of the store trapped.")),
      Rule(id: "hang", shortDescription: Message(text: "A case took longer than its limit.")),
      Rule(
        id: "canary-not-found",
        shortDescription: Message(text: "A store that was broken on purpose was not caught.")),
      Rule(id: "regression", shortDescription: Message(text: "A failure that was fixed is back.")),
      Rule(id: "not-judged", shortDescription: Message(text: "A case could not be judged.")),
      Rule(id: "nondeterminism", shortDescription: Message(text: "Two runs of one case differ.")),
    ]

  private var log: Log {
    let results =
      views.record.isCanary
      ? missedCanaries + oddities
      : regressions + oddities + views.groups.map(result)
    let driver = Driver(version: views.summary.version, rules: Self.rules)
    let run = Run(
      tool: Tool(driver: driver), results: results,
      automationDetails: ["id": "lrvm-torture/\(views.summary.campaign)"])
    return Log(runs: [run])
  }

  private func result(_ group: CampaignViews.Group) -> Result {
    var text = PlainText.of(group.group.summary)
    if let remedy = group.group.remedy { text += "\n\(PlainText.of(remedy))" }
    for line in group.group.story { text += "\n\(PlainText.of(line))" }
    if let line = group.replayLine { text += "\nReproduce: \(PlainText.of(line))" }
    return Result(
      ruleId: group.group.kind, ruleIndex: Self.index(group.group.kind), message: Message(text: text),
      locations: [location(group)],
      partialFingerprints: ["failureGroup/v1": group.group.fingerprint],
      occurrenceCount: group.group.count, codeFlows: codeFlows(group),
      properties: Properties(
        scenarios: group.group.scenarios.keys.sorted().map(PlainText.of),
        seed: group.group.examples.first?.seed, reproduce: group.replayLine.map(PlainText.of)))
  }

  private var missedCanaries: [Result] {
    views.scenarios.filter { $0.figures.violations == 0 }.map { scenario, figures in
      let name = PlainText.of(scenario.name)
      return Result(
        ruleId: "canary-not-found", ruleIndex: Self.index("canary-not-found"),
        message: Message(text: "\(name) was not found in \(Figure.count(figures.cases, "case"))."),
        locations: [Location(logicalLocations: [["name": name, "kind": "module"]])],
        partialFingerprints: ["failureGroup/v1": TextHash.digits(TextHash.of("canary \(scenario.name)"))],
        occurrenceCount: 1, properties: Properties(scenarios: [name]))
    }
  }

  /// The fixed failures that are back, each by the name of its reproducer.
  private var regressions: [Result] {
    views.summary.regressions.failing.map { regression in
      let name = PlainText.of(regression)
      return Result(
        ruleId: "regression", ruleIndex: Self.index("regression"),
        message: Message(
          text: "The failure of \(name) was fixed and is back; the run began with its replay."),
        locations: [Location(logicalLocations: [["name": name, "kind": "module"]])],
        partialFingerprints: ["failureGroup/v1": TextHash.digits(TextHash.of("regression \(regression)"))],
        occurrenceCount: 1, properties: Properties(scenarios: []))
    }
  }

  /// Cases that could not be judged, and cases of which two runs differ.
  private var oddities: [Result] {
    let summary = views.summary
    let unjudged = summary.unjudged.cases.map { ("not-judged", $0.scenario, $0.seed, $0.reason) }
    let differing = summary.nondeterminism.cases.map {
      ("nondeterminism", $0.scenario, $0.seed, $0.difference.fields.joined(separator: ", "))
    }
    return (unjudged + differing).map { rule, scenario, seed, text in
      let name = PlainText.of(scenario)
      return Result(
        ruleId: rule, ruleIndex: Self.index(rule),
        message: Message(text: "\(name), seed \(seed): \(PlainText.of(text))"),
        locations: [Location(logicalLocations: [["name": name, "kind": "module"]])],
        partialFingerprints: ["failureGroup/v1": TextHash.digits(TextHash.of("\(rule) \(scenario) \(text)"))],
        occurrenceCount: 1, properties: Properties(scenarios: [name], seed: seed))
    }
  }

  private static func index(_ rule: String) -> Int { rules.firstIndex { $0.id == rule } ?? -1 }

  /// The innermost place in the project's code; the scenario where none is known.
  private func location(_ group: CampaignViews.Group) -> Location {
    for frame in group.frames {
      if let place = SourcePlace(frame) { return location(place) }
    }
    let name = PlainText.of(group.group.examples.first?.scenario ?? "")
    return Location(logicalLocations: [["name": name, "kind": "module"]])
  }

  private func location(_ place: SourcePlace, _ message: String? = nil) -> Location {
    Location(
      physicalLocation: PhysicalLocation(
        artifactLocation: ArtifactLocation(uri: Self.uri(place.file)), region: ["startLine": place.line]),
      logicalLocations: [["fullyQualifiedName": PlainText.of(place.function), "kind": "function"]],
      message: message.map { Message(text: PlainText.of($0)) })
  }

  /// One flow for each stack: the way from the outermost call to where it happened.
  private func codeFlows(_ group: CampaignViews.Group) -> [CodeFlow]? {
    if let trap = group.finding?.trap { return codeFlow(trap.stack, trap.text).map { [$0] } }
    let flows = (group.picture?.stacks ?? []).compactMap { codeFlow($0.frames, $0.subject.text) }
    return flows.isEmpty ? nil : flows
  }

  private func codeFlow(_ frames: [StackFrame], _ title: String) -> CodeFlow? {
    let places = frames.reversed().compactMap(SourcePlace.init)
    guard !places.isEmpty else { return nil }
    let locations = places.enumerated().map { level, place in
      ThreadFlowLocation(
        location: location(place, level + 1 == places.count ? title : place.function), nestingLevel: level)
    }
    let flow = ThreadFlow(message: Message(text: PlainText.of(title)), locations: locations)
    return CodeFlow(threadFlows: [flow])
  }

  /// A path as a relative reference (RFC 3986): what may not stand in one is written in hexadecimal.
  private static func uri(_ path: String) -> String {
    var text = ""
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"), UInt8(ascii: "/"), UInt8(ascii: "+"):
        text.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        text += "%" + (digits.count == 1 ? "0" : "") + digits
      }
    }
    return text
  }
}

extension Violation.Kind {
  /// What it means, in a sentence.
  package var sentence: String {
    switch self {
    case .lostCommit:
      "A commit that was promised durable, or that comes before one that is there, is missing."
    case .tornTransaction: "Part of a transaction is there, and part is missing."
    case .resurrected: "Data of a transaction that did not commit is there."
    case .unexplained: "No set of the transactions explains the state."
    case .invariantBroken: "The workload's own invariant does not hold."
    case .recoveryFailed: "Opening the log, recovering or mapping a segment failed."
    case .notAFixpoint: "Recovering the recovered disk again changed it."
    case .memoryDiverged: "Without a crash, mapped memory did not show what was stored in it."
    case .operationFailed: "Without a crash and without a fault of the disk, an operation failed."
    case .deadlock: "Without a crash, every thread waited for another one."
    case .livelock: "Without a crash, the threads did not end."
    }
  }
}
