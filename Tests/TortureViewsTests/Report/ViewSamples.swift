import FaultFS
import Foundation
import Subprocess
import SystemPackage
import Testing
import TextFiles
import TortureCore
import TortureSamples

@testable import TortureCampaign
@testable import TortureFailures
@testable import TortureViews

/// Reports to look at.
enum ViewSamples {
  /// A name that would be markup, a command, a path or a control anywhere.
  static let hostile =
    "</title><script>alert(1)</script>&\"'|`*_[x](y)::error,%0A../../x\u{1b}[31m\u{7}\u{202e}]]>é日"

  /// What a campaign over scenarios of these names came to, with the given failures of the first.
  static func views(
    _ names: [String] = ["bank"], findings: [Finding] = [], canary: Bool = false,
    pictures: Bool = true, picture: FailurePicture? = nil, folder: TestFolder, out: String = "report",
    copies: Int = 1, hasTimes: Bool = true
  ) throws -> CampaignViews {
    let scenarios = try names.map { name in
      var scenario = try makeScenario("any", count: 1000 + copies)
      scenario.name = name
      scenario.description = name
      return scenario
    }
    let record = CampaignRecord(scenarios, SeedSelection(), isCanary: canary, shard: .whole)
    let summary = Summary(record, jobs: 2)
    let report = try ReportFolder(
      at: folder.appending(out), replayCommand: "lrvm-torture replay", summary: summary, campaign: record,
      narrate: narrateFailure)
    var fold = ResultFold(record, report, summary)
    for (number, scenario) in scenarios.enumerated() {
      for copy in 0..<copies {
        var result = CaseResult(
          scenario: scenario.name, seed: UInt64(copy + 1), crashStates: 100, recoveryCrashStates: 10,
          commits: 5,
          marks: ["log wrapped": 3, "never": 0, names[0]: 1])
        if number == 0 && !findings.isEmpty {
          result.verdict = findings[0].trap == nil ? .violation : .trapped
          result.findings = findings
          result.violationCount = findings.count
        }
        try fold.take(result, scenario: number, place: copy * scenarios.count + number)
        fold.summary.progress.add(result, atSeconds: Double(copy))
      }
    }
    fold.summary.total.setSeconds(12.3456)
    try fold.finish(.finished)
    var outcome = CampaignOutcome(record: record, summary: fold.summary, report: fold.report, out: out)
    if pictures {
      for group in fold.summary.groups.all {
        outcome.pictures[group.fingerprint] = picture ?? Self.picture(names[0])
      }
    }
    return CampaignViews(outcome, hasTimes: hasTimes)
  }

  /// A violation whose texts all hold `text`.
  static func violation(_ text: String, _ kind: Violation.Kind = .lostCommit) -> Finding {
    Finding(
      id: text,
      violation: Violation(
        kind, "\(text) is missing.", transaction: 3, segment: 0, offset: 12, expected: "00ff10",
        found: "00fe10"),
      crashes: [CrashState(point: 7)],
      losses: [makeLoss(text, number: 3)],
      strategy: text, afterCrashStates: 9)
  }

  static func trap(_ text: String) -> Finding {
    Finding(
      id: "trap \(text)",
      trap: Trap(
        signal: "SIGILL", message: "Fatal error: \(text)",
        stack: [
          makeFrame("f(\(text))", "Sources/LRVM/A b.swift", 12), makeFrame("main", "Sources/x/Main.swift", 3),
          StackFrame(function: "_start", file: "lrvm", line: nil, layer: .elsewhere),
        ]))
  }

  static func picture(_ text: String) -> FailurePicture {
    var picture = FailurePicture()
    picture.steps = [
      FailurePicture.Step(operation: .commit(client: 0, flush: true), failure: text, start: 0, end: 5)
    ]
    let fates: [FailurePicture.Fate] = [.kept, .lost, .torn, .never]
    picture.events = fates.enumerated().map { number, fate in
      FailurePicture.Event(call: write(text, number), fate: fate)
    }
    picture.events.append(
      FailurePicture.Event(call: StorageCall(number: 4, kind: .syncData, name: "log"), fate: .kept))
    picture.owed = Owings(promised: 1, attempted: 2)
    picture.cuts = [PowerCut(point: 3, during: write(text, 3), depth: 0)]
    picture.stacks = [
      FailurePicture.Stack(
        subject: .loss(makeLoss(text, number: 1)),
        frames: [
          StackFrame(
            function: "write(\(text))", file: "Sources/LRVM/Log.swift", line: 41, isInlined: true,
            layer: .store)
        ]),
      FailurePicture.Stack(
        subject: .failedCheck,
        frames: [
          StackFrame(function: "judge()", file: "Sources/TortureCore/Judge.swift", line: 5, layer: .harness)
        ]),
    ]
    picture.recoveries = [[FailurePicture.Event(call: write(text, 0), fate: .kept)]]
    return picture
  }

  private static func write(_ name: String, _ number: Int) -> StorageCall {
    StorageCall(number: number, kind: .write, name: name, length: 512)
  }
}

/// The programs that hold a text against its format, from Debian's packages; `make test` installs them.
enum Validator {
  /// What is wrong with the JSON `text` by the schema `schema` in Tests/Schemas; nil for nothing.
  static func json(_ text: String, schema: String) async throws -> String? {
    try await run(
      "/usr/bin/python3", ["-W", "ignore", "-m", "jsonschema", "-i", "FILE", path(schema)], text,
      package: "python3-jsonschema")
  }

  /// The same for XML.
  static func xml(_ text: String, schema: String) async throws -> String? {
    try await run(
      "/usr/bin/xmllint", ["--nonet", "--noout", "--schema", path(schema), "FILE"], text,
      package: "libxml2-utils")
  }

  private static func path(_ schema: String) -> String {
    Samples.package.appending(path: "Tests/Schemas/\(schema)").path
  }

  private static func run(
    _ program: String, _ arguments: [String], _ text: String, package: String
  ) async throws -> String? {
    guard FileManager.default.isExecutableFile(atPath: program) else {
      return "\(program) is missing: install \(package), or run 'make test', which does"
    }
    let folder = try TestFolder()
    let file = folder.path.appending("file")
    try TextFile.create(file, text)
    let result = try await Subprocess.run(
      .path(FilePath(program)), arguments: Arguments(arguments.map { $0 == "FILE" ? file.string : $0 }),
      output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
    let isGood = result.terminationStatus.isSuccess
    return isGood ? nil : "\(result.standardOutput)\(result.standardError)"
  }
}
