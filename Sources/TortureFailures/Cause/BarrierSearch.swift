import FaultFS
import TortureCore

/// Finds the syncs that are missing: each of which, added to the run at one place, makes the failure disappear from all of
/// its crash states; or else a few that do so together.
///
/// What a sync could have saved is what the crash lost. So for each file and each directory with a loss, a sync
/// of it is added after each storage call from the first lost one on, up to the crash; the workload runs again
/// with it, and the failure is hunted for in all of its states. The places where it is not found any more lie between the
/// last call that the sync has to cover and what must not come before it: that is the pair. A sync that is missing in the
/// program is missing each time: so it is added after every call that the store makes in the same way. Where no sync helps by
/// itself, one is added after every call, and as many of them are taken away again as the failure allows
/// (`DeltaDebugging`).
///
/// That the failure is not found means something only where the same hunt finds it in the run as it is, so that comes
/// first. What counts as the failure is its kind, not its place: a sync that only moves the first wrong byte closes
/// nothing. Looked at are the crash points up to that of the failure; later ones may fail for other reasons. No fault
/// strikes an added sync.
///
/// Of a failure with crashes in recovery, syncs are added to the run and to each of the recoveries; there the crashes
/// before it stay as they are.
package struct BarrierSearch {
  /// What came of it.
  enum Answer {
    /// Each of these closes the failure.
    case found([MissingBarrier])
    /// These do, all together, and without one of them they do not.
    case together([MissingBarrier])
    case none(Refusal)
  }

  /// Why there is none.
  package enum Refusal: String, Codable, Hashable, Sendable {
    /// The failure is a trap.
    case trap
    /// The failure needs no crash.
    case noCrash = "no-crash"
    /// Power is cut below a file system of the kernel, whose flushes no store decides.
    case belowFileSystem = "below-file-system"
    /// The run does not arrive at the crash any more, or its state is not possible any more.
    case gone
    /// The failure is there with everything on the disk.
    case nothingLost = "nothing-lost"
    /// The hunt does not meet the failure in the run as it is, so that not to meet it with a sync says nothing.
    case notMet = "not-met"
    /// The failure is there with a sync after each storage call as well.
    case notFound = "not-found"
    /// Syncs close the failure, but no single one does, and it would take too many tries to say which together.
    case several
  }

  /// How much the search may take.
  struct Effort {
    /// How many executions the hunt with added syncs may take.
    var executionsPerPlace = 4000
    /// At how many places a sync of one file or directory is tried.
    var placesMax = Int.max
    /// How many sets of several syncs are tried.
    var setsMax = 200
    /// Whether to look for what else is wrong with the sync.
    var looksForRest = true
    /// Whether a program is run once more for the call stacks of the places.
    var tracesPrograms = true
  }

  private let reproducer: Reproducer
  private let effort: Effort
  private let target: FailureIdentity
  private let witness: CaseWitness
  private let stages: [BarrierStage]
  /// Of each stage, `BarrierStage.repetitions`.
  private let repetitions: [[[Int]]]

  /// The missing syncs for the failure of `reproducer`, which must still be there.
  ///
  /// - Parameter lacking: called where a program's call stacks are not there, or not all.
  static func run(
    _ reproducer: Reproducer, _ effort: Effort = Effort(), lacking: (MissingStacks) -> Void = { _ in }
  ) -> Answer {
    guard let violation = reproducer.finding.violation else { return .none(.trap) }
    if reproducer.finding.crashes.isEmpty { return .none(.noCrash) }
    if reproducer.scenario.disk.fileSystem != .none { return .none(.belowFileSystem) }
    guard let search = BarrierSearch(reproducer, FailureIdentity(ofCause: violation), effort) else {
      return .none(.gone)
    }
    if let missing = search.witness.missingStacks.first { lacking(missing) }
    return search.answer()
  }

  private init?(_ reproducer: Reproducer, _ target: FailureIdentity, _ effort: Effort) {
    self.effort = effort
    self.target = target
    witness = CaseWitness(tracesPrograms: effort.tracesPrograms)
    let recording = Recording(reproducer.testCase, faults: reproducer.finding.faults, witness: witness)
    let point = reproducer.finding.crashes[0].point
    // What comes after the crash has no part in the failure, unless the workload goes on with it after recovery.
    if reproducer.scenario.crash.goesOnTransactions == 0, let begun = recording.operations(begunAt: point) {
      self.reproducer = reproducer.with(
        operations: Array(reproducer.testCase.workload.operations.prefix(begun)))
    } else {
      self.reproducer = reproducer
    }
    guard let stages = BarrierStage.all(of: reproducer, recording, witness) else { return nil }
    self.stages = stages
    // Where a sync goes in a program must not depend on whether this system allows to trace it.
    let ways = reproducer.testCase.program == nil ? witness : nil
    repetitions = stages.map { $0.repetitions(ways) }
  }

  private func answer() -> Answer {
    let losing = stages.filter { !$0.losses.isEmpty }
    if losing.isEmpty { return .none(.nothingLost) }
    // Without a change first: where that finds nothing, a sync cannot be said to close anything.
    let met = losing.filter { hunt($0, []).caught != nil }
    if met.isEmpty { return .none(.notMet) }
    let closable = met.filter { hunt($0, syncsEverywhere(in: $0).flatMap(\.barriers)).caught == nil }
    if closable.isEmpty { return .none(.notFound) }
    let single = closable.flatMap(singles)
    if !single.isEmpty { return .found(single) }
    let several = closable.compactMap(together).min { $0.count < $1.count }
    guard let several else { return .none(.several) }
    return several.count == 1 ? .found(several) : .together(several)
  }

  // MARK: Trying

  /// A sync of something, after a call and each other one that is made in the same way.
  private struct Attempt: Hashable {
    var subject: SyncSubject
    /// The last of the places.
    var position: Int
    var barriers: [Barrier]
  }

  /// Nil where there is nothing to sync at the position.
  private func attempt(_ subject: SyncSubject, at position: Int, in stage: BarrierStage) -> Attempt? {
    guard (1...stage.timeline.count).contains(position), subject.barrier(at: position, stage.timeline) != nil
    else { return nil }
    let positions = repetitions[stage.depth][position - 1]
    return Attempt(
      subject: subject, position: position,
      barriers: positions.compactMap { subject.barrier(at: $0, stage.timeline) })
  }

  private func hunt(_ stage: BarrierStage, _ barriers: [Barrier], for target: FailureIdentity?)
    -> CrashHunt.Outcome
  {
    var hunt = CrashHunt(reproducer, target: target, executionsMax: effort.executionsPerPlace)
    hunt.outer = Array(reproducer.finding.crashes.prefix(stage.depth))
    hunt.depthMax = reproducer.finding.crashes.count - stage.depth
    hunt.change = .added(barriers)
    let point = stage.crash.point
    hunt.lastPoint = point + barriers.count { $0.position <= point }
    return hunt.outcome()
  }

  private func hunt(_ stage: BarrierStage, _ barriers: [Barrier]) -> CrashHunt.Outcome {
    hunt(stage, barriers, for: target)
  }

  /// The syncs each of which closes the failure.
  private func singles(in stage: BarrierStage) -> [MissingBarrier] {
    var firsts: [(subject: SyncSubject, call: Int)] = []
    for found in stage.losses {
      let subject = SyncSubject(found)
      if !firsts.contains(where: { $0.subject == subject }) {
        firsts.append((subject, found.loss.call.number))
      }
    }
    return firsts.compactMap { subject, call in
      let places = (call + 1...max(stage.crash.point, call + 1)).prefix(effort.placesMax)
      var positions: ClosedRange<Int>?
      var known: [[Barrier]: Bool] = [:]
      for position in places {
        guard let attempt = attempt(subject, at: position, in: stage) else { continue }
        let closes = known[attempt.barriers] ?? (hunt(stage, attempt.barriers).caught == nil)
        known[attempt.barriers] = closes
        if closes {
          positions = (positions?.lowerBound ?? position)...position
        } else if positions != nil {
          break
        }
      }
      return positions.flatMap { missing(subject, $0, beside: [], stage) }
    }
  }

  /// A sync after each call, of what it changed; those of calls that are made in the same way are one.
  private func syncsEverywhere(in stage: BarrierStage) -> [Attempt] {
    var attempts: [Attempt] = []
    for operation in stage.timeline.prefix(stage.crash.point + 1).reversed() {
      for subject in SyncSubject.all(changedBy: operation) {
        guard let attempt = attempt(subject, at: operation.index + 1, in: stage) else { continue }
        if !attempts.contains(where: { $0.barriers == attempt.barriers }) { attempts.append(attempt) }
      }
    }
    return attempts
  }

  /// As few of the syncs as close the failure together; nil where that takes too many tries.
  private func together(in stage: BarrierStage) -> [MissingBarrier]? {
    var attempts = syncsEverywhere(in: stage)
    var reduction = DeltaDebugging(count: attempts.count)
    var setsLeft = effort.setsMax
    while let omitted = reduction.omitted {
      if setsLeft == 0 { return nil }
      setsLeft -= 1
      let fewer = attempts.indices.filter { !omitted.contains($0) }.map { attempts[$0] }
      let closes = hunt(stage, fewer.flatMap(\.barriers)).caught == nil
      if closes { attempts = fewer }
      reduction.take(closes)
    }
    return attempts.compactMap { kept in
      let others = attempts.filter { $0 != kept }.flatMap(\.barriers)
      var positions = kept.position...kept.position
      for step in [-1, 1] {
        var position = kept.position + step
        while setsLeft > 0, position <= stage.crash.point + 1,
          let moved = attempt(kept.subject, at: position, in: stage),
          hunt(stage, others + moved.barriers).caught == nil
        {
          setsLeft -= 1
          positions = min(position, positions.lowerBound)...max(position, positions.upperBound)
          position += step
        }
      }
      return missing(kept.subject, positions, beside: others, stage)
    }
  }

  // MARK: Places

  private func missing(
    _ subject: SyncSubject, _ positions: ClosedRange<Int>, beside others: [Barrier], _ stage: BarrierStage
  ) -> MissingBarrier? {
    guard let attempt = attempt(subject, at: positions.lowerBound, in: stage),
      let name = subject.barrier(at: positions.lowerBound, stage.timeline)?.subject.name
    else { return nil }
    let isDirectory = if case .directory = subject { true } else { false }
    let barriers = others + attempt.barriers
    return MissingBarrier(
      depth: stage.depth, subject: name, isDirectory: isDirectory,
      first: place(positions.lowerBound - 1, stage), second: second(after: positions.upperBound, stage),
      positions: positions, extent: hunt(stage, barriers).extent,
      remaining: effort.looksForRest ? hunt(stage, barriers, for: nil).caught?.violation.kind : nil)
  }

  private func place(_ index: Int, _ stage: BarrierStage) -> MissingBarrier.Place {
    let operation = stage.timeline[index]
    return MissingBarrier.Place(
      moment: .call(StorageCall(operation)), stack: operation.witness.map { witness.frames($0).ofStore } ?? []
    )
  }

  /// What comes right after the last place at which the sync helps: the promise that it would be too late for, or the
  /// next call.
  private func second(after position: Int, _ stage: BarrierStage) -> MissingBarrier.Place {
    guard let moment = stage.moment(at: position) else { return place(position, stage) }
    if moment == .ended { return MissingBarrier.Place(moment: moment, stack: []) }
    // Where the harness called the store in which the last call before it was made: what it returned to.
    let entry = stage.timeline[position - 1].witness.flatMap { witness.frames($0).ofStore.last }
    return MissingBarrier.Place(moment: moment, stack: entry.map { [$0] } ?? [])
  }
}
