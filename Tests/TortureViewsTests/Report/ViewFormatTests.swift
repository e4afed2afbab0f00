import Foundation
import SystemPackage
import Testing
import TextFiles
import TortureCore
import TortureFailures
import TortureSamples

@testable import TortureCampaign
@testable import TortureViews

/// Every view of every kind of campaign is what its format says, whatever the names in it.
@Suite struct ViewFormatTests {
  private let folder: TestFolder

  init() throws {
    folder = try TestFolder()
  }

  enum Sample: String, CaseIterable {
    case clean, canary, missedCanary, violation, trap, hostile, cases, empty, regression, nondeterminism
  }

  private func views(_ sample: Sample) throws -> CampaignViews {
    let hostile = ViewSamples.hostile
    switch sample {
    case .clean: return try ViewSamples.views(["bank", "list"], folder: folder)
    case .canary:
      return try ViewSamples.views(findings: [ViewSamples.violation("x")], canary: true, folder: folder)
    case .missedCanary: return try ViewSamples.views(["bank", hostile], canary: true, folder: folder)
    case .violation: return try ViewSamples.views(findings: [ViewSamples.violation("log")], folder: folder)
    case .trap: return try ViewSamples.views(findings: [ViewSamples.trap("index")], folder: folder)
    case .hostile:
      return try ViewSamples.views(
        [hostile, "bank"], findings: [ViewSamples.violation(hostile), ViewSamples.trap(hostile)],
        folder: folder)
    case .cases:
      let findings = Violation.Kind.allCases.map { ViewSamples.violation("log", $0) }
      return try ViewSamples.views(findings: findings, folder: folder, copies: 30, hasTimes: false)
    case .empty: return try ViewSamples.views([], folder: folder, copies: 0)
    case .regression:
      var views = try ViewSamples.views(["bank"], folder: folder)
      views.summary.regressions = Regressions.Outcome(replayed: 3, failing: [hostile, "lost-commit-bank-1"])
      return views
    case .nondeterminism: return try nondeterministic()
    }
  }

  /// A run in which nothing was found but that two of its cases are not deterministic.
  private func nondeterministic(_ names: [String] = [ViewSamples.hostile, "bank"]) throws -> CampaignViews {
    var views = try ViewSamples.views(names, folder: folder)
    for (place, name) in names.enumerated() {
      var result = CaseResult(scenario: name, seed: 7, digest: "a")
      result.difference = CaseDifference(result, CaseResult(scenario: name, seed: 7, digest: "b"))
      views.summary.nondeterminism.add(result, place: place)
    }
    return views
  }

  @Test(arguments: Sample.allCases) func junitFitsItsSchema(_ sample: Sample) async throws {
    let text = try views(sample).text(.junit)
    #expect(try await Validator.xml(text, schema: "junit-10.xsd") == nil)
  }

  @Test(arguments: Sample.allCases) func sarifFitsItsSchema(_ sample: Sample) async throws {
    let text = try views(sample).text(.sarif)
    #expect(try await Validator.json(text, schema: "sarif-schema-2.1.0.json") == nil)
  }

  @Test func validatorsRefuseWhatDoesNotFit() async throws {
    let junit = try views(.violation).text(.junit).replacing("<testcase name=", with: "<testcase nome=")
    #expect(try await Validator.xml(junit, schema: "junit-10.xsd")?.contains("nome") == true)
    let sarif = try views(.violation).text(.sarif).replacing("\"2.1.0\"", with: "\"2.2.0\"")
    #expect(try await Validator.json(sarif, schema: "sarif-schema-2.1.0.json")?.contains("2.2.0") == true)
  }

  @Test func junitHasTheLineThatReproduces() throws {
    let text = try views(.violation).text(.junit)
    #expect(text.contains("<testcase name=\"bank\" classname=\"lrvm-torture\" time=\""))
    #expect(text.contains("failures=\"1\" errors=\"0\""))
    #expect(text.contains("reproduce: lrvm-torture replay "))
    #expect(text.contains("/failures/log/reproducer.json"))
  }

  @Test func aRegressionThatIsBackIsAFailureInEachView() throws {
    let views = try views(.regression)
    #expect(try views.text(.junit).contains("tests=\"2\" failures=\"1\" errors=\"0\""))
    #expect(try views.text(.junit).contains("2 of 3 fixed failures are back"))
    #expect(views.headline.text.contains("lost-commit-bank-1"))
    #expect(try views.text(.markdown).contains("lost-commit-bank-1"))
    #expect(GitHubAnnotations.lines(views).count == 2)

    struct Log: Decodable {
      struct Run: Decodable {
        struct Message: Decodable { var text: String }
        struct Result: Decodable {
          var ruleId: String
          var ruleIndex: Int
          var message: Message
          var partialFingerprints: [String: String]
        }
        struct Rule: Decodable { var id: String }
        struct Driver: Decodable { var rules: [Rule] }
        struct Tool: Decodable { var driver: Driver }
        var tool: Tool
        var results: [Result]
      }
      var runs: [Run]
    }
    let run = try #require(try JSONText.decode(Log.self, from: views.text(.sarif)).runs.first)
    #expect(run.results.map(\.ruleId) == ["regression", "regression"])
    #expect(run.results.allSatisfy { run.tool.driver.rules[$0.ruleIndex].id == "regression" })
    #expect(run.results[1].message.text.contains("lost-commit-bank-1"))
    #expect(Set(run.results.map { $0.partialFingerprints["failureGroup/v1"] }).count == 2)
  }

  /// Who reads a view must not take a run for a good one that ends with exit code 2.
  @Test func nondeterminismIsInEachView() throws {
    let views = try nondeterministic(["list", "bank"])
    let headline = "two runs of 2 cases differ"
    #expect(views.headline.text == headline && views.headline.tone == .bad)
    let junit = try views.text(.junit)
    #expect(junit.contains("tests=\"2\" failures=\"0\" errors=\"2\""))
    #expect(junit.contains("<error type=\"nondeterminism\"") && junit.contains("seed 7: digest"))
    let sarif = try views.text(.sarif)
    #expect(sarif.components(separatedBy: "\"ruleId\" : \"nondeterminism\"").count == 3)
    #expect(sarif.contains("bank, seed 7: digest"))
    #expect(try views.text(.html).contains("<p class=\"bad\"><strong>\(headline)</strong></p>"))
    #expect(try views.text(.markdown).hasPrefix("## lrvm-torture: \(headline)\n"))
    let line = "nondeterminism: bank, seed 7: two runs differ in digest (digest a and b)"
    let annotations = GitHubAnnotations.lines(views)
    #expect(annotations.count == 2 && annotations.contains { $0.contains(line) })
    let canary = try ViewSamples.views(
      findings: [ViewSamples.violation("x")], canary: true, folder: folder, out: "canary")
    #expect(try canary.text(.html).contains("<p class=\"good\">"))
  }

  @Test func junitCountsWhatWasNotFound() throws {
    #expect(try views(.clean).text(.junit).contains("tests=\"2\" failures=\"0\" errors=\"0\""))
    let canary = try ViewSamples.views(canary: true, folder: folder, out: "canary")
    #expect(try canary.text(.junit).contains("type=\"canary-not-found\""))
  }

  @Test func sarifHasStableRulesRelativePathsAndACodeFlow() throws {
    struct Place: Decodable {
      struct Artifact: Decodable { var uri: String }
      struct Physical: Decodable {
        var artifactLocation: Artifact
        var region: [String: Int]
      }
      var physicalLocation: Physical
    }
    struct Log: Decodable {
      struct Run: Decodable {
        struct Rule: Decodable { var id: String }
        struct Driver: Decodable { var rules: [Rule] }
        struct Tool: Decodable { var driver: Driver }
        struct Result: Decodable {
          struct Flow: Decodable {
            struct Thread: Decodable {
              struct Step: Decodable { var location: Place }
              var locations: [Step]
            }
            var threadFlows: [Thread]
          }
          var ruleId: String
          var ruleIndex: Int
          var locations: [Place]
          var codeFlows: [Flow]
          var partialFingerprints: [String: String]
          var occurrenceCount: Int
        }
        var tool: Tool
        var results: [Result]
      }
      var runs: [Run]
    }
    let views = try ViewSamples.views(
      findings: [ViewSamples.violation("log"), ViewSamples.trap("index")], folder: folder, copies: 3)
    let run = try #require(try JSONText.decode(Log.self, from: views.text(.sarif)).runs.first)
    #expect(run.results.map(\.ruleId) == ["lost-commit", "trap"])
    for result in run.results {
      #expect(run.tool.driver.rules[result.ruleIndex].id == result.ruleId)
      #expect(result.occurrenceCount == 3)
      #expect(result.partialFingerprints["failureGroup/v1"]?.count == 16)
    }
    let lost = run.results[0]
    #expect(lost.locations[0].physicalLocation.artifactLocation.uri == "Sources/LRVM/Log.swift")
    #expect(lost.locations[0].physicalLocation.region == ["startLine": 41])
    #expect(lost.codeFlows.count == 2)
    let trap = run.results[1].codeFlows[0].threadFlows[0].locations.map(\.location.physicalLocation)
    #expect(trap.map(\.artifactLocation.uri) == ["Sources/x/Main.swift", "Sources/LRVM/A%20b.swift"])
  }

  /// Equal failures have equal fingerprints in every run, and different ones different.
  @Test func fingerprintsAreStable() throws {
    let one = FailureSignature(ViewSamples.violation("log")).fingerprint
    #expect(one == FailureSignature(ViewSamples.violation("log")).fingerprint)
    #expect(one != FailureSignature(ViewSamples.violation("log", .tornTransaction)).fingerprint)
    #expect(one == "7bb273c6d676523c")
  }

  @Test func onlyFramesInThePackageArePlaces() {
    let place = SourcePlace(makeFrame("f(at:)", "Sources/A.swift", 7))
    #expect(place?.line == 7 && place?.function == "f(at:)" && place?.file == "Sources/A.swift")
    for (file, line) in [
      ("libc.so", nil), ("/etc/passwd", 3), ("../x.swift", 3), ("a/../../x", 3), ("x", 0), ("x", nil),
      ("", 3),
      (nil, 3),
    ] as [(String?, Int?)] {
      #expect(SourcePlace(makeFrame("f", file, line)) == nil, "\(file ?? "no file")")
    }
    var foreign = makeFrame("f", "Sources/A.swift", 7)
    foreign.layer = .elsewhere
    #expect(SourcePlace(foreign) == nil)
  }

  // MARK: Hostile names

  @Test func hostileNamesAreEscapedInEveryFormat() throws {
    let views = try views(.hostile)
    for view in ReportView.allCases {
      let text = try views.text(view)
      // In JSON that is text like any other.
      #expect(!text.contains("<script>alert") || view == .sarif, "\(view)")
      for control in ["\u{1b}", "\u{7}", "\u{202e}"] { #expect(!text.contains(control), "\(view)") }
      #expect(text.contains("é日") || view == .markdown)
    }
    let markdown = try views.text(.markdown)
    #expect(!markdown.contains("[x](y)"))
    #expect(!markdown.contains("`"))
    let rows = markdown.split(separator: "\n").filter { $0.hasPrefix("| ") }
    #expect(rows.allSatisfy { $0.count(where: { $0 == "|" }) == 9 })
    for line in GitHubAnnotations.lines(views) {
      #expect(line.hasPrefix("::error "))
      #expect(!line.contains("\n"))
      let properties = line.dropFirst("::error ".count).prefix { $0 != ":" }
      #expect(properties.split(separator: ",").allSatisfy { $0.contains("=") })
      #expect(!properties.contains("file=") || properties.contains("file=Sources/"))
    }
    #expect(try FileTree.list(folder.path) == ["report"])
  }

  @Test func jsonAndJsonLinesHoldHostileNamesAsTheyAre() throws {
    let views = try views(.hostile)
    let summary = try folder.read("report/summary.json")
    #expect(try JSONText.decode(Summary.self, from: summary) == views.summary)
    for line in try folder.read("report/results.jsonl").split(separator: "\n") {
      #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 })
      let result = try JSONText.decode(CaseResult.self, from: String(line))
      #expect(result.scenario == ViewSamples.hostile || result.scenario == "bank")
    }
  }

  // MARK: Markdown and annotations

  @Test func markdownSaysWhatWasFound() throws {
    let text = try views(.violation).text(.markdown)
    #expect(text.hasPrefix("## lrvm-torture: 1 failure, 1 violation\n"))
    #expect(text.contains("| bank | posix | none | 1 | 100 | 1 | 0 | 0 |"))
    #expect(text.contains("- **lost-commit**, 1 violation kept: lost write of log"))
    #expect(text.contains("Never reached: never."))
    let clean = try ViewSamples.views(folder: folder, out: "clean")
    #expect(try clean.text(.markdown).hasPrefix("## lrvm-torture: Nothing found\n"))
  }

  @Test func aPipelineIsToldWhereItAsks() throws {
    let views = try views(.violation)
    #expect(try PipelineNotice([:]).tell(views) == [])
    let summary = folder.appending("step.md")
    try TextFile.create(FilePath(summary), "before\n")
    let lines = try PipelineNotice(["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary]).tell(views)
    #expect(lines.count == 1)
    #expect(
      lines[0].hasPrefix(
        "::error file=Sources/LRVM/Log.swift,line=41,title=lost-commit%3A lost write of log::"))
    #expect(lines[0].contains("%0AReproduce: lrvm-torture replay "))
    #expect(try folder.read("step.md") == "before\n" + views.text(.markdown))
    #expect(throws: ReportError.self) {
      try PipelineNotice(["GITHUB_STEP_SUMMARY": "/no/such/file"]).tell(views)
    }
  }
}
