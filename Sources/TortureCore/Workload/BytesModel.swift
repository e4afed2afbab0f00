import SeededRandom

/// The `bytes` workload: random bytes at random ranges, chosen to meet the cases that a log treats apart. A range
/// may overlap an earlier one of its transaction, repeat it, or touch its end; it may cross a sector's or a page's
/// border; and a transaction may cover exactly what the last commit without flush wrote.
struct BytesModel: WorkloadModel {
  private let rangesMax: Int
  private let rangeLengthMax: Int

  init(_ scenario: Scenario) {
    rangesMax = scenario.workload.rangesMax
    rangeLengthMax = scenario.workload.rangeLengthMax
  }

  static func problems(of _: Scenario) -> [ScenarioConsistency.Problem] { [] }

  func plan(_ draft: inout TransactionDraft, client _: Int, _ random: inout SplitMix64) {
    if !draft.spooled.isEmpty, random.chance(0.3) {
      for write in draft.spooled {
        stage(&draft, write.segment, write.range, &random)
      }
      return
    }
    for _ in 0..<random.draw(1...rangesMax) {
      let earlier = random.chance(0.35) ? random.pick(draft.writes) : nil
      if let earlier {
        let range = related(to: earlier.range, &random)
        stage(&draft, earlier.segment, range, &random)
      } else {
        let segment = random.below(draft.images.count)
        stage(&draft, segment, fresh(in: draft.images[segment].count, &random), &random)
      }
    }
  }

  /// Stages random bytes for what of the range lies in the segment and fits in the log.
  private func stage(
    _ draft: inout TransactionDraft, _ segment: Int, _ range: Range<Int>, _ random: inout SplitMix64
  ) {
    let inside = range.clamped(to: 0..<draft.images[segment].count)
    let length = min(inside.count, draft.budget.rangeLengthMax)
    let bytes = random.bytes(length)
    guard length > 0 else { return }
    _ = draft.attempt { draft in
      draft.claim(segment, inside.lowerBound..<(inside.lowerBound + length))
        && draft.write(segment, at: inside.lowerBound, bytes)
    }
  }

  private func length(_ random: inout SplitMix64) -> Int {
    random.draw(1...(random.chance(0.3) ? min(8, rangeLengthMax) : rangeLengthMax))
  }

  private func fresh(in segmentLength: Int, _ random: inout SplitMix64) -> Range<Int> {
    let length = min(length(&random), segmentLength)
    let start: Int
    switch random.below(4) {
    case 0: start = border(every: 512, in: segmentLength, &random) - random.below(length + 1)
    case 1: start = border(every: 4096, in: segmentLength, &random) - random.below(length + 1)
    default: start = random.below(segmentLength - length + 1)
    }
    let inside = min(max(0, start), segmentLength - length)
    return inside..<(inside + length)
  }

  private func border(every size: Int, in segmentLength: Int, _ random: inout SplitMix64) -> Int {
    random.draw(0...(segmentLength / size)) * size
  }

  /// A range that repeats another, overlaps it, or touches its end or its start.
  private func related(to range: Range<Int>, _ random: inout SplitMix64) -> Range<Int> {
    let length = length(&random)
    switch random.below(4) {
    case 0: return range
    case 1:
      let start = range.lowerBound + random.below(range.count)
      return start..<(start + length)
    case 2: return range.upperBound..<(range.upperBound + length)
    default: return max(0, range.lowerBound - length)..<max(1, range.lowerBound)
    }
  }

  func violation(in _: [[UInt8]]) -> String? { nil }
}
