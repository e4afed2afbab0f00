import FaultFS
import TortureCore

/// Where a sync can be added: the run of the workload, or the recovery from one of a failure's crashes; with what the
/// crash that ends it lost.
struct BarrierStage {
  /// How many crashes come before it: 0 for the run.
  var depth: Int
  /// The storage calls that were made.
  var timeline: [FaultFS.Operation]
  var crash: CrashState
  var losses: [Loss.Found]
  /// What had happened once this many storage calls were made, where that is a promise or the end of something.
  var moments: [Int: MissingBarrier.Moment] = [:]

  /// The stages of a failure's crashes; nil where these are not possible any more, or a recovery ends before its crash.
  static func all(of reproducer: Reproducer, _ recording: Recording, _ witness: CaseWitness)
    -> [BarrierStage]?
  {
    let crashes = reproducer.finding.crashes
    guard let first = crashes.first else { return nil }
    var moments: [Int: MissingBarrier.Moment] = [:]
    let history = recording.history
    for step in recording.steps where step.operation.promises && step.isReturned {
      if history.promised(at: step.end) > history.promised(at: step.end - 1) {
        moments[step.end] = .returned(step.operation)
      }
    }
    moments[recording.created] = .created
    var stages: [BarrierStage] = []
    let window = CrashWindow(over: recording.disk)
    var chain = CrashHunt(reproducer, target: nil, executionsMax: .max)
    if let states = recording.programStates { chain.testCase.program?.states = states }
    let isWhole = chain.collect(
      crashes, window, recording.terms(at: first.point, in: chain.testCase), moments, witness, &stages)
    return isWhole ? stages : nil
  }

  /// For each call, the places right behind it and behind every other one that the store makes in the same way: the same
  /// call, from the same functions.
  ///
  /// - Parameter witness: nil where the functions are not to be told apart.
  func repetitions(_ witness: CaseWitness?) -> [[Int]] {
    struct Way: Hashable {
      var call: [String]
      var stack: [StackFrame]
    }
    let ways = timeline.map { operation in
      Way(
        call: StorageCall(operation).gist,
        stack: operation.witness.flatMap { witness?.frames($0).ofStore } ?? [])
    }
    let positions = Dictionary(grouping: ways.indices.map { $0 + 1 }) { ways[$0 - 1] }
    return ways.map { positions[$0] ?? [] }
  }

  /// What a sync at the position comes before: a promise, the end of something, or else nil.
  func moment(at position: Int) -> MissingBarrier.Moment? {
    moments[position] ?? (position < timeline.count ? nil : .ended)
  }
}

extension CrashHunt {
  /// Goes down a chain of crashes, and notes what each of them ends; false where one is not possible.
  fileprivate mutating func collect(
    _ crashes: [CrashState], _ window: CrashWindow, _ terms: Terms, _ moments: [Int: MissingBarrier.Moment],
    _ witness: CaseWitness, _ stages: inout [BarrierStage]
  ) -> Bool {
    let number = stages.count
    let state = crashes[number]
    guard (window.point...window.lastPoint).contains(state.point) else { return false }
    window.advance(to: state.point)
    guard window.isLegal(state) else { return false }
    stages.append(
      BarrierStage(
        depth: number, timeline: window.timeline.operations, crash: state, losses: window.losses(in: state),
        moments: moments))
    guard stages.count < crashes.count else { return true }
    let stacks =
      witness.tracesPrograms
      ? judge.stacksOfChecker(window, showing: state, terms, number == 0 ? recoveryFault : nil) : nil
    return window.withDisk(showing: state) { disk in
      witness.beginRecovery(on: disk)
      let (outcome, terms) = recover(disk, terms, after: number, opens: state.deviations.isEmpty)
      witness.endRecovery(on: disk, stacks)
      guard outcome.violation == nil else { return false }
      var moments: [Int: MissingBarrier.Moment] = [:]
      if let history = outcome.history, disk.operationCount > outcome.recoveryEnd {
        for position in outcome.recoveryEnd + 1...disk.operationCount
        where history.promised(at: position) > history.promised(at: position - 1) {
          moments[position] = .returned(.commit(client: 0, flush: true))
        }
      }
      // What a program's checker does is recovery to its end.
      moments[min(outcome.recoveryEnd, disk.operationCount)] = .recovered
      let next = terms.afterCrash(at: crashes[number + 1].point, in: outcome)
      return collect(crashes, CrashWindow(over: disk), next, moments, witness, &stages)
    }
  }
}
