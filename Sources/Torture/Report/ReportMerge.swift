internal import SystemPackage

/// Joins the reports of shards into the one that an unsharded run would have written.
///
/// It does not matter in which order they are given, nor whether some were merged before. A report that comes twice, or
/// a case that is in two of them, counts once. Lines are copied as they are, and figures are added up, so that ten
/// million results take seconds.
struct ReportMerge {
  private var inputs: [MergeInput]
  private let out: String
  private let replayCommand: String

  /// Written at once.
  private static let chunkLength = 1 << 20

  /// Opens the reports in the folders `paths`.
  ///
  /// - Throws: where they are not of one campaign, one of them has not ended, or `out` is one of them.
  init(_ paths: [String], out: String, replayCommand: String) throws(ReportError) {
    self.out = out
    self.replayCommand = replayCommand
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

  /// What was merged.
  struct Outcome {
    var record: CampaignRecord
    var summary: Summary
    var report: ReportFolder
    /// Results that were in more than one report.
    var duplicates: Int
  }

  /// Merges them.
  ///
  /// - Throws: where a report was cut short or changed, two have different results of one case, or the disk refuses.
  mutating func run() throws(ReportError) -> Outcome {
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
    var summary = Summary(record, jobs: inputs.map(\.summary.jobs).max() ?? 1)
    var report = try ReportFolder(
      at: out, replayCommand: replayCommand, summary: summary, campaign: record)
    let failures = try copy(into: &report, record)
    let isPlain = inputs.allSatisfy { $0.taken == 0 || $0.dropped == 0 }
    for input in inputs where input.taken > 0 || input.dropped == 0 {
      if isPlain { add(input.summary, to: &summary) }
      summary.progress = summary.progress + input.summary.progress
      summary.regressions = summary.regressions + input.summary.regressions
      summary.total.setSeconds(max(summary.total.seconds, input.summary.total.seconds))
    }
    if !isPlain { try recount(record, &summary) }
    summary.state = inputs.contains { $0.summary.state == .interrupted } ? .interrupted : .finished
    summary.failuresWritten = failures
    try report.finish(summary)
    return Outcome(
      record: record, summary: summary, report: report, duplicates: inputs.reduce(0) { $0 + $1.dropped })
  }

  /// Copies the lines in order, each case's once, and writes the failures.
  ///
  /// - Returns: how many failures have a folder.
  private mutating func copy(
    into report: inout ReportFolder, _ record: CampaignRecord
  ) throws(ReportError) -> Int {
    // Beyond the first failures of a scenario only the first of a group gets a folder: these are known beforehand.
    let groups = inputs.map(\.summary.groups).reduce(FailureGroups(), +)
    let firsts = Set(groups.all.prefix(CampaignViews.groupsMax).compactMap { $0.examples.first?.place })
    var told = [Int](repeating: 0, count: record.scenarios.count)
    var written = 0
    var pending: [UInt8] = []
    pending.reserveCapacity(Self.chunkLength * 2)
    var order = InputHeap(inputs.map(\.place), sizes: inputs.map(\.summary.total.cases))
    var last = -1
    var lastLine: ArraySlice<UInt8> = []
    while let index = order.first, inputs[index].place < .max, let line = inputs[index].line {
      let place = inputs[index].place
      if place == last {
        guard line == lastLine else {
          throw ReportError(
            "two reports have different results of one case: '\(inputs[index].path)' and another differ in "
              + "\(record.scenarios[inputs[index].scenario].name); they come from different programs or machines, or "
              + "the case is not deterministic")
        }
        inputs[index].dropped += 1
      } else {
        inputs[index].taken += 1
        pending += line
        pending.append(UInt8(ascii: "\n"))
        if pending.count >= Self.chunkLength {
          try report.append(lines: pending)
          pending.removeAll(keepingCapacity: true)
        }
        let scenario = inputs[index].scenario
        if !inputs[index].isClean,
          told[scenario] < ReportFolder.failuresPerScenarioMax || firsts.contains(place)
        {
          let result: CaseResult
          do {
            result = try JSONText.decode(CaseResult.self, from: String(decoding: line, as: UTF8.self))
          } catch {
            throw ReportError("'\(inputs[index].path)' has a line that is no result: \(error)")
          }
          let paths = try report.appendFailures(of: result, in: record.scenarios[scenario])
          told[scenario] += paths.count
          written += paths.count
        }
        last = place
        lastLine = line
      }
      try inputs[index].advance()
      order.replaceFirst(with: inputs[index].place)
    }
    try report.append(lines: pending)
    return written
  }

  private func add(_ part: Summary, to summary: inout Summary) {
    summary.total.add(part.total)
    for (name, figures) in part.perScenario {
      // A scenario's seconds are those of its cases added up.
      let seconds = (summary.perScenario[name]?.seconds ?? 0) + figures.seconds
      summary.perScenario[name]?.add(figures)
      summary.perScenario[name]?.setSeconds(seconds)
    }
    summary.resultsDigest &+= part.resultsDigest
    summary.groups = summary.groups + part.groups
  }

  /// Counts the lines of the merged report one by one, where reports overlap in a part of their cases.
  private func recount(_ record: CampaignRecord, _ summary: inout Summary) throws(ReportError) {
    do {
      let plan = record.plan
      let scanner = ResultLine(record.scenarios)
      var reader = try LineReader(FilePath(out).appending(ReportFolder.resultsName))
      defer { reader.close() }
      while let line = try reader.next() {
        let result = try JSONText.decode(CaseResult.self, from: String(decoding: line, as: UTF8.self))
        guard let key = scanner.key(line), let round = plan.round(of: key.seed, scenario: key.scenario) else {
          throw ReportError("a case of '\(out)' is not of its campaign")
        }
        summary.add(result)
        summary.resultsDigest &+= TextHash.of(line)
        summary.groups.add(result, place: plan.place(scenario: key.scenario, round: round))
      }
      for (name, figures) in summary.perScenario {
        let seconds = inputs.reduce(0) { $0 + ($1.summary.perScenario[name]?.seconds ?? 0) }
        var timed = figures
        timed.setSeconds(seconds)
        summary.perScenario[name] = timed
      }
      summary.total.setSeconds(summary.total.seconds)
    } catch let error as ReportError {
      throw error
    } catch {
      throw ReportError("\(error)")
    }
  }
}

/// Which input has the line that is next: the one with the lowest place, and among equal ones the one with most lines.
struct InputHeap {
  private var heap: [Int]
  private var places: [Int]
  private let sizes: [Int]

  init(_ places: [Int], sizes: [Int]) {
    self.places = places
    self.sizes = sizes
    heap = Array(places.indices)
    for index in stride(from: heap.count / 2, through: 0, by: -1) { sink(index) }
  }

  /// The input's number.
  var first: Int? { heap.first }

  /// The first input has gone to another place.
  mutating func replaceFirst(with place: Int) {
    guard let first = heap.first else { return }
    places[first] = place
    sink(0)
  }

  private func isBefore(_ left: Int, _ right: Int) -> Bool {
    if places[left] != places[right] { return places[left] < places[right] }
    return sizes[left] == sizes[right] ? left < right : sizes[left] > sizes[right]
  }

  private mutating func sink(_ start: Int) {
    var index = start
    while true {
      let left = 2 * index + 1
      guard left < heap.count else { return }
      let right = left + 1
      let child = right < heap.count && isBefore(heap[right], heap[left]) ? right : left
      guard isBefore(heap[child], heap[index]) else { return }
      heap.swapAt(child, index)
      index = child
    }
  }
}
