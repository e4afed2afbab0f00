import BigInt
import Testing

@testable import Torture

@Suite struct HTMLReportTests {
  private let folder: TestFolder

  init() throws {
    folder = try TestFolder()
  }

  @Test func aCleanRunSaysSo() throws {
    let text = try ViewSamples.views(["bank", "list"], folder: folder).text(.html)
    #expect(text.hasPrefix("<!DOCTYPE html>"))
    #expect(text.contains("<strong>Nothing found</strong>"))
    #expect(text.contains("No crash state recovered to what it must not."))
    #expect(text.contains("<th scope=\"row\" class=\"names\">list</th>"))
    #expect(text.contains("never reached"))
    #expect(text.contains("aria-label=\"Crash states over 1s: 200 executed, 200 covered\""))
    #expect(!text.contains("{{"))
  }

  @Test func aFailureHasItsPictureItsBytesAndItsStacks() throws {
    let views = try ViewSamples.views(findings: [ViewSamples.violation("log")], folder: folder)
    let text = try views.text(.html)
    for part in [
      "1 kept, 1 lost, 1 torn", "class=\"box lost\"", "class=\"floor\"", "power cut",
      "1 commit had been promised durable, and 2 commits attempted", "<td class=\"differs\">fe</td>",
      "Byte 12 of accounts", "write(bank) at Sources/LRVM/Log.swift:41 (inlined)", "judge() at ",
      "lrvm-torture replay \(folder.appending("report"))/failures/log/reproducer.json",
      "<a href=\"failures/log/reproducer.json\">", "What recovery wrote", "lost: bytes 0..&lt;512 of log",
    ] { #expect(text.contains(part), "\(part)") }
  }

  /// Of a long run, what is near a loss or the crash is drawn, and the rest is a number.
  @Test func aLongRunIsDrawnWhereSomethingHappens() {
    var picture = FailurePicture()
    picture.events = (0..<100).map { index in
      FailurePicture.Event(
        index: index, text: "write \(index)", file: "log", isSync: false,
        fate: index == 20 ? .lost : index == 50 ? .torn : index < 80 ? .kept : .never)
    }
    picture.crashPoint = 79
    func drawn(_ picture: FailurePicture) -> [Int] {
      TimelineDrawing(picture, id: "a").svg.matches(of: /<title>\[(\d+)\]/).compactMap { Int($0.output.1) }
    }
    #expect(drawn(picture) == Array(17...22) + Array(47...52) + Array(73...81))
    let svg = TimelineDrawing(picture, id: "a").svg
    #expect(svg.matches(of: />\+(\d+)</).map { $0.output.1 } == ["17", "24", "20", "18"])
    #expect(svg.contains("21 storage operations on 1 files: 17 kept, 1 lost, 1 torn"))

    picture.events.removeLast(84)
    #expect(drawn(picture) == Array(0..<16))

    picture.events = (0..<100).map { index in
      FailurePicture.Event(index: index, text: "write", file: "log", isSync: false, fate: .lost)
    }
    #expect(drawn(picture) == Array(52..<100))
    #expect(TimelineDrawing(picture, id: "a").svg.contains(">+52<"))
  }

  /// More states than any number of the machine holds.
  @Test func theCourseShowsNumbersWithoutALimit() throws {
    var series = ProgressSeries()
    var result = CaseResult(scenario: "exhaustive", seed: 1, crashStates: 1000)
    result.coverage = Coverage()
    result.coverage?.covered = BigUInt(10).power(400)
    series.add(result, atSeconds: 0)
    series.add(CaseResult(scenario: "bank", seed: 1, crashStates: 10), atSeconds: 1)
    let svg = try #require(CourseChart(series)).svg
    #expect(svg.contains("1,010 executed, 1.0e400 covered"))
    #expect(svg.contains(">1.0e200<") && svg.contains("scale in powers of ten"))
    #expect(!svg.contains("nan") && !svg.contains("inf"))
  }

  @Test func nothingIsLoadedFromElsewhere() throws {
    let views = try ViewSamples.views(
      findings: [ViewSamples.violation("log"), ViewSamples.trap("x")], folder: folder)
    let text = try views.text(.html)
    #expect(!text.contains("http://") && !text.contains("https://"))
    #expect(!text.contains("src=") && !text.contains("@import") && !text.contains("url(h"))
    #expect(text.contains("default-src 'none'"))
  }

  @Test func timesCanBeLeftOut() throws {
    let views = try ViewSamples.views(folder: folder, hasTimes: false)
    let text = try views.text(.html)
    #expect(!text.contains("States over time"))
    #expect(!text.contains("states/s"))
  }

  /// Ten thousand failures of few kinds, and two thousand of which each is different.
  @Test func manyFailuresStaySmall() throws {
    let alike = Violation.Kind.allCases.prefix(8).map { ViewSamples.violation("log", $0) }
    let many = try ViewSamples.views(findings: Array(alike), folder: folder, copies: 1250).text(.html)
    #expect(many.utf8.count < 1 << 20)
    #expect(many.contains("1,250 failures"))
    var groups = FailureGroups()
    for number in 0..<2000 {
      let name = String(number, radix: 26).map { String(UnicodeScalar(($0.hexDigitValue ?? 20) + 97) ?? "z") }
        .joined()
      let result = CaseResult(
        scenario: "bank", seed: UInt64(number), verdict: .violation,
        findings: [ViewSamples.violation("f\(name)\(String(repeating: "z", count: number % 97))")])
      groups.add(result, place: number)
    }
    let one = try ViewSamples.views(folder: folder, out: "other")
    var summary = one.summary
    summary.groups = groups
    let report = try ReportFolder(
      at: folder.appending("third"), replayCommand: "replay", summary: summary, campaign: one.record)
    let views = CampaignViews(one.record, summary, report)
    #expect(views.groups.count == CampaignViews.groupsMax)
    #expect(views.groupsLeftOut > 1000)
    let text = try views.text(.html)
    #expect(text.contains("further groups are in summary.json only"))
    #expect(text.utf8.count < 4 << 20)
  }
}
