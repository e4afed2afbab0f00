import FaultFS
import BigInt
import Testing
import TortureCore
import TortureSamples

@testable import TortureCampaign
@testable import TortureFailures
@testable import TortureViews

@Suite struct HTMLReportTests {
  private let folder: TestFolder

  init() throws {
    folder = try TestFolder()
  }

  @Test func aCleanRunSaysSo() throws {
    let text = try ViewSamples.views(["bank", "list"], folder: folder).text(.html)
    #expect(text.hasPrefix("<!DOCTYPE html>"))
    #expect(text.contains("<strong>Nothing found</strong>"))
    #expect(text.contains("Every crash state that was executed recovered to a legal state."))
    #expect(text.contains("<th scope=\"row\" class=\"names\">list</th>"))
    #expect(text.contains("never reached"))
    #expect(text.contains("aria-label=\"Crash states over 1s: 200 executed, 200 covered\""))
    #expect(!text.contains("{{"))
    #expect(text.contains("<h2 id=\"marks\">"))
  }

  /// A program has no marks: no heading over an empty table, and no link to it.
  @Test func withoutMarksThereIsNoTableOfThem() throws {
    var views = try ViewSamples.views(["bank"], folder: folder)
    views.summary.total.marks = [:]
    #expect(!(try views.text(.html)).contains("marks\""))
  }

  @Test func aFailureHasItsPictureItsBytesAndItsStacks() throws {
    let views = try ViewSamples.views(findings: [ViewSamples.violation("log")], folder: folder)
    let text = try views.text(.html)
    for part in [
      "2 kept, 1 lost, 1 torn", "class=\"box lost\"", "class=\"floor\"", "power cut",
      "1 commit had been promised durable, and 2 had been attempted", "<td class=\"differs\">fe</td>",
      "Byte 12 of accounts", "write(bank) at Sources/LRVM/Log.swift:41 (inlined)", "judge() at ",
      "lrvm-torture replay \(folder.appending("report"))/failures/log/reproducer.json",
      "<a href=\"failures/log/reproducer.json\">", "What recovery wrote", "lost: bytes 0..&lt;512 of log",
    ] { #expect(text.contains(part), "\(part)") }
  }

  @Test func aDrawingTellsWhy() {
    var picture = ViewSamples.picture("log")
    picture.steps[0].failure = nil
    let drop = DroppedCall(call: .sync, name: "log", before: 4)
    picture.stacks.append(FailurePicture.Stack(subject: .dropped(drop), frames: []))
    picture.cuts.append(PowerCut(point: 0, during: nil, depth: 1))
    let place = MissingBarrier.Place(moment: .created, stack: [])
    let missing = MissingBarrier(
      depth: 0, subject: "log", isDirectory: false, first: place, second: place, positions: 2...4)
    func svg(cutAt point: Int) -> String {
      picture.cuts[0].point = point
      return TimelineDrawing(picture, missing: missing, id: "a").svg
    }
    let text = svg(cutAt: 5)
    for part in [
      "class=\"promise\"", "class=\"ghost\"", "a data sync of &#39;log&#39; is missing", ">Recovery<",
      ">R0<", "<title>R[0] write", ">write</text>", ">sync</text>",
    ] { #expect(text.contains(part), "\(part)") }
    #expect(text.matches(of: /power cut/).count == 2)
    // One is in the legend: what had not returned when power was cut was not promised.
    #expect(text.matches(of: /class="promise"/).count == 2)
    #expect(svg(cutAt: 4).matches(of: /class="promise"/).count == 1)
  }

  /// A narrow window begins at the right end of a drawing: all power cuts are there, and names and legend lie over it.
  @Test func thePowerCutsAreBelowOneAnother() throws {
    var picture = ViewSamples.picture("log")
    picture.events += (5..<12).map { number in
      FailurePicture.Event(
        call: StorageCall(number: number, kind: .write, name: "log", length: 9), fate: .kept)
    }
    picture.cuts = [PowerCut(point: 11, during: nil, depth: 0), PowerCut(point: 0, during: nil, depth: 1)]
    let drawing = TimelineDrawing(picture, id: "a")
    let cuts = drawing.svg.matches(of: /<line class="crash" x1="(\d+)"/).compactMap { Int($0.output.1) }
    #expect(cuts.count == 2 && Set(cuts).count == 1)
    let width = try #require(drawing.svg.firstMatch(of: /\ width="(\d+)"/).flatMap { Int($0.output.1) })
    #expect(width - (cuts.first ?? 0) < 200)
    for part in [">The run<", ">Recovery<", ">log<", ">torn<"] {
      #expect(drawing.overlay.contains(part), "\(part)")
    }
    let views = try ViewSamples.views(
      findings: [ViewSamples.violation("log")], picture: picture, folder: folder)
    #expect(try views.text(.html).contains("class=\"scroll timeline\""))
  }

  @Test func theFilesAreShownStepByStep() throws {
    var views = try ViewSamples.views(findings: [ViewSamples.violation("log")], folder: folder)
    #expect(!(try views.text(.html)).contains("class=\"steps\""))
    var picture = ViewSamples.picture("log")
    picture.steps[0].files = [
      FileView(name: "log", seen: [1, 2, 3, 4], synced: [1, 2, 9]),
      FileView(name: "same", seen: [1], synced: [1]), FileView(name: "<new>", seen: [7], synced: nil),
    ]
    views = try ViewSamples.views(
      findings: [ViewSamples.violation("log")], picture: picture, folder: folder, out: "other")
    let text = try views.text(.html)
    for part in [
      "at byte 2; 2 bytes in all", "seen 03 04<br>disk 09", "no such file", "&lt;new&gt;",
      "seen 07<br>disk –",
      "<td>none</td>",
    ] { #expect(text.contains(part), "\(part)") }
  }

  /// Of a long run, what is near a loss or the crash is drawn, and the rest is a number.
  @Test func aLongRunIsDrawnWhereSomethingHappens() {
    var picture = FailurePicture()
    func event(_ number: Int, _ fate: FailurePicture.Fate) -> FailurePicture.Event {
      FailurePicture.Event(
        call: StorageCall(number: number, kind: .write, name: "log", length: 9), fate: fate)
    }
    picture.events = (0..<100).map { index in
      event(index, index == 20 ? .lost : index == 50 ? .torn : index < 80 ? .kept : .never)
    }
    picture.cuts = [PowerCut(point: 79, during: nil, depth: 0)]
    func drawn(_ picture: FailurePicture) -> [Int] {
      TimelineDrawing(picture, id: "a").svg.matches(of: /<title>\[(\d+)\]/).compactMap { Int($0.output.1) }
    }
    #expect(drawn(picture) == Array(17...22) + Array(47...52) + Array(73...80))
    let svg = TimelineDrawing(picture, id: "a").svg
    #expect(svg.matches(of: />\+(\d+)</).map { $0.output.1 } == ["17", "24", "20", "19"])
    #expect(svg.contains("20 storage calls on 1 file: 17 kept, 1 lost, 1 torn"))

    picture.events.removeLast(84)
    #expect(drawn(picture) == Array(0..<16))
    // After the power cut nothing happened any more: a narrow window has no room for it.
    picture.cuts = [PowerCut(point: 3, during: nil, depth: 0)]
    #expect(drawn(picture) == Array(0...4))
    #expect(TimelineDrawing(picture, id: "a").svg.contains(">+11<"))
    picture.cuts = []

    picture.events = (0..<100).map { event($0, .lost) }
    #expect(drawn(picture) == Array(52..<100))
    #expect(TimelineDrawing(picture, id: "a").svg.contains(">+52<"))
  }

  /// More states than any number of the machine holds.
  @Test func theChartShowsNumbersWithoutALimit() throws {
    var series = ProgressSeries()
    var result = CaseResult(scenario: "exhaustive", seed: 1, crashStates: 1000)
    result.coverage = Coverage()
    result.coverage?.covered = BigUInt(10).power(400)
    series.add(result, atSeconds: 0)
    series.add(CaseResult(scenario: "bank", seed: 1, crashStates: 10), atSeconds: 1)
    let svg = try #require(ProgressChart(series)).svg
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
    #expect(many.contains("1,250 violations kept"))
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
    let out = folder.appending("third")
    let report = try ReportFolder(
      at: out, replayCommand: "replay", summary: summary, campaign: one.record, narrate: narrateFailure)
    let views = CampaignViews(
      CampaignOutcome(record: one.record, summary: summary, report: report, out: out))
    #expect(views.groups.count == ReportFolder.groupsMax)
    #expect(views.groupsLeftOut > 1000)
    let text = try views.text(.html)
    #expect(text.contains("further groups are in summary.json only"))
    #expect(text.utf8.count < 4 << 20)
  }
}
