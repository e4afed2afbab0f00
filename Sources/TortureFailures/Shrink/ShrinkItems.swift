import ThreadSchedules
import TortureCore

/// What each stage of a shrink can leave out.
enum ShrinkItems {
  /// How many items there are.
  static func count(_ stage: ShrinkStage, in reproducer: Reproducer) -> Int {
    let operations = reproducer.operations ?? []
    switch stage {
    case .reproduce, .tail, .crash: return 1
    case .units: return WorkloadUnits.count(operations)
    case .writes: return writes(operations).count
    case .schedule: return reproducer.finding.schedule?.departures.count ?? 0
    case .bytes: return writes(operations).count * ByteCut.allCases.count
    case .options: return ShrinkOptions.count(reproducer)
    }
  }

  /// The places of the operations that go with the items of a stage that takes parts.
  static func places(_ stage: ShrinkStage, _ items: [Int], in operations: [Operation]) -> Set<Int> {
    switch stage {
    case .units:
      let units = WorkloadUnits(operations).places
      return Set(items.flatMap { units[$0] })
    case .writes:
      let writes = writes(operations)
      return Set(items.map { writes[$0] })
    case .reproduce, .tail, .schedule, .crash, .bytes, .options: return []
    }
  }

  /// The reproducer without the operations at `places`; nil where that is not legal.
  static func candidate(without places: Set<Int>, of reproducer: Reproducer) -> Reproducer? {
    guard let operations = reproducer.operations else { return nil }
    let candidate = reproducer.with(
      operations: operations.indices.filter { !places.contains($0) }.map { operations[$0] })
    return isLegal(candidate) ? candidate : nil
  }

  /// The reproducer with the change of that number in a stage of changes; nil where that is not legal, or changes nothing.
  static func candidate(_ stage: ShrinkStage, changing item: Int, of reproducer: Reproducer) -> Reproducer? {
    guard var operations = reproducer.operations else { return nil }
    var candidate: Reproducer?
    if stage == .bytes {
      let cuts = ByteCut.allCases
      let place = writes(operations)[item / cuts.count]
      guard let shorter = cuts[item % cuts.count].applied(to: operations[place]) else { return nil }
      operations[place] = shorter
      candidate = reproducer.with(operations: operations)
    } else {
      candidate = ShrinkOptions.candidate(item, of: reproducer)
    }
    return candidate.flatMap { isLegal($0) && $0 != reproducer ? $0 : nil }
  }

  /// Whether the operations make sense, and the failure is not of their own making: where it is the workload's
  /// invariant that is broken, every state that is legal has to keep it.
  private static func isLegal(_ reproducer: Reproducer) -> Bool {
    guard let operations = reproducer.operations,
      Workload.problem(of: operations, in: reproducer.scenario) == nil
    else { return false }
    guard reproducer.finding.violation?.kind == .invariantBroken else { return true }
    let invariant = WorkloadInvariant(reproducer.scenario)
    let oracle = Oracle(
      segments: reproducer.scenario.segments, ledger: Workload(operations: operations).ledger)
    return (0...oracle.commits).allSatisfy { invariant.check(oracle.images(prefix: $0)) == nil }
  }

  private static func writes(_ operations: [Operation]) -> [Int] {
    operations.indices.filter { operations[$0].isWrite }
  }
}

/// A way to make a store shorter.
private enum ByteCut: CaseIterable {
  case firstHalf, secondHalf, withoutFirst, withoutLast

  /// Longer stores are only halved.
  private static let singleMax = 8

  func applied(to operation: Operation) -> Operation? {
    guard case .write(let client, let segment, let offset, let bytes) = operation, bytes.count > 1 else {
      return nil
    }
    let middle = bytes.count / 2
    let kept: Range<Int>
    switch self {
    case .firstHalf: kept = 0..<middle
    case .secondHalf: kept = middle..<bytes.count
    case .withoutFirst:
      guard bytes.count <= Self.singleMax else { return nil }
      kept = 1..<bytes.count
    case .withoutLast:
      guard bytes.count <= Self.singleMax else { return nil }
      kept = 0..<bytes.count - 1
    }
    return .write(
      client: client, segment: segment, offset: offset + kept.lowerBound, bytes: Array(bytes[kept]))
  }
}
