internal import HeapModule
import SystemPackage
import TextFiles
import TortureCore
import TortureFailures

/// Joins the reports of shards into the one that an unsharded run would have written.
///
/// It does not matter in which order they are given, nor whether some were merged before. A report that comes twice, or
/// a case that is in two of them, counts once. Lines are copied as they are, and figures are added up, so that ten
/// million results take seconds.
package struct ReportMerge {
  private var inputs: [MergeInput]
  private let out: String
  private let replayCommand: String
  private let narrate: FailureNarrator

  /// Opens the reports in the folders `paths`.
  ///
  /// - Throws: where they are not of one campaign, one of them has not ended, or `out` is one of them.
  package init(
    _ paths: [String], out: String, replayCommand: String, narrate: @escaping FailureNarrator
  ) throws(ReportError) {
    self.out = out
    self.replayCommand = replayCommand
    self.narrate = narrate
    inputs = []
    var seen: Set<String> = []
    do {
      let target = FilePath(out)
      let targetIdentity = try FileTree.type(of: target) == nil ? nil : FileTree.identity(of: target)
      for path in paths {
        let input = try MergeInput(path, like: inputs.first)
        let identity = try FileTree.identity(of: FilePath(path))
        guard identity != targetIdentity else {
          throw ReportError(
            "'\(path)' is to be merged, so the merged report cannot take its place; pass another --out",
            isWrongFolder: true)
        }
        if seen.insert(identity).inserted { inputs.append(input) }
      }
    } catch let error as ReportError {
      throw error
    } catch {
      throw ReportError("\(error)", isWrongFolder: true)
    }
  }

  /// Merges them.
  ///
  /// - Returns: what the campaign came to, its first failures looked into as in a campaign; and how many
  ///   results were in more than one report.
  /// - Throws: where a report was cut short or changed, two have different results of one case, or the disk refuses.
  package mutating func run(
    _ study: FailureStudy
  ) async throws -> (outcome: CampaignOutcome, duplicates: Int) {
    var fold = try copyAll()
    try fold.finish(inputs.contains { $0.summary.state == .interrupted } ? .interrupted : .finished)
    try fold.join(by: await study.causes(of: fold.report.firstFailures(fold.summary)))
    try fold.note(await study.minimal(fold.report.firstFailures(fold.summary)))
    try fold.join(by: await study.causes(of: fold.report.firstFailures(fold.summary)))
    var outcome = CampaignOutcome(record: fold.record, summary: fold.summary, report: fold.report, out: out)
    outcome.pictures = try await study.pictures(of: fold.report.firstFailures(fold.summary))
    return (outcome, inputs.reduce(0) { $0 + $1.dropped })
  }

  /// All results, each once, with their figures.
  private mutating func copyAll() throws(ReportError) -> ResultFold {
    guard let first = inputs.first else {
      throw ReportError("there is nothing to merge", isWrongFolder: true)
    }
    var record = first.record
    for input in inputs.dropFirst() {
      // Equal but for the shard, and of one count unless it is whole.
      record.shard =
        input.record.shard.isWhole
        ? input.record.shard : record.shard.union(input.record.shard) ?? record.shard
    }
    record.shard = record.shard.simplified
    let summary = Summary(record, jobs: inputs.map(\.summary.jobs).max() ?? 1)
    let report = try ReportFolder(
      at: out, replayCommand: replayCommand, summary: summary, campaign: record, narrate: narrate)
    var fold = ResultFold(record, report, summary)
    try copy(into: &fold)
    // Where reports overlap in a part of their cases, their figures do not add up.
    let isPlain = inputs.allSatisfy { $0.taken == 0 || $0.dropped == 0 }
    if !isPlain { try fold.recount() }
    var seconds = 0.0
    for input in inputs where input.taken > 0 || input.dropped == 0 {
      if isPlain {
        fold.add(input.summary)
      } else {
        for (name, figures) in input.summary.perScenario {
          let sum = (fold.summary.perScenario[name]?.seconds ?? 0) + figures.seconds
          fold.summary.perScenario[name]?.setSeconds(sum)
        }
      }
      fold.summary.progress = fold.summary.progress + input.summary.progress
      fold.summary.regressions = fold.summary.regressions + input.summary.regressions
      seconds = max(seconds, input.summary.total.seconds)
    }
    fold.summary.total.setSeconds(seconds)
    return fold
  }

  /// Copies the lines in order, each case's once.
  private mutating func copy(into fold: inout ResultFold) throws(ReportError) {
    let record = fold.record
    // Beyond the first failures of a scenario only the first of a group gets a folder: these are known beforehand.
    let groups = inputs.map(\.summary.groups).reduce(FailureGroups(), +)
    let firsts = Set(groups.all.prefix(ReportFolder.groupsMax).compactMap { $0.examples.first?.place })
    var told = [Int](repeating: 0, count: record.scenarios.count)
    var order = InputHeap(inputs.map(\.place), sizes: inputs.map(\.summary.total.cases))
    var last = -1
    var lastLine: ArraySlice<UInt8> = []
    while let index = order.first, inputs[index].place < .max, let line = inputs[index].line {
      let place = inputs[index].place
      let scenario = inputs[index].scenario
      if place == last {
        guard line == lastLine else {
          throw ReportError(
            "two reports have different results of one case: '\(inputs[index].path)' and another differ in "
              + "\(record.scenarios[scenario].name); they come from different programs or machines, or "
              + "the case is not deterministic")
        }
        inputs[index].dropped += 1
      } else {
        inputs[index].taken += 1
        let failures = fold.reproducers.count
        let isTold =
          !inputs[index].isClean
          && (told[scenario] < ReportFolder.failuresPerScenarioMax || firsts.contains(place))
        try fold.copy(line, failing: isTold ? decode(line, inputs[index].path) : nil, scenario: scenario)
        told[scenario] += fold.reproducers.count - failures
        last = place
        lastLine = line
      }
      try inputs[index].advance()
      order.replaceFirst(with: inputs[index].place)
    }
  }

  private func decode(_ line: ArraySlice<UInt8>, _ path: String) throws(ReportError) -> CaseResult {
    do {
      return try JSONText.decode(CaseResult.self, from: String(decoding: line, as: UTF8.self))
    } catch {
      throw ReportError("'\(path)' has a line that is not a result: \(error)")
    }
  }
}

/// Which input has the line that is next: the one with the lowest place, and among equal ones the one with most lines.
struct InputHeap {
  private struct Head: Comparable {
    var place: Int
    /// How many lines the input has.
    var size: Int
    var index: Int

    static func < (left: Head, right: Head) -> Bool {
      (left.place, -left.size, left.index) < (right.place, -right.size, right.index)
    }
  }

  private var heads: Heap<Head>

  init(_ places: [Int], sizes: [Int]) {
    heads = Heap(places.indices.map { Head(place: places[$0], size: sizes[$0], index: $0) })
  }

  /// The input's number.
  var first: Int? { heads.min?.index }

  /// The first input has gone to another place.
  mutating func replaceFirst(with place: Int) {
    guard var head = heads.min else { return }
    head.place = place
    heads.replaceMin(with: head)
  }
}
