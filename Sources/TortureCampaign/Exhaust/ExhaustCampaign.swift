package import TortureCore

/// Runs the sequences of a space in worker processes.
///
/// A worker gets a few sequences at a time. Where it dies, each of them is asked for again in a process of its own: so
/// the one that traps is known, costs only itself, and is reported with its call stack.
package struct ExhaustCampaign {
  package let scenario: Scenario
  package let space: SequenceSpace
  package let options: ExhaustOptions
  package let launch: WorkerLaunch
  package let narrate: FailureNarrator
  package let observer: any ExhaustObserver
  package let isInterrupted: @Sendable () -> Bool

  package init(
    scenario: Scenario, space: SequenceSpace, options: ExhaustOptions, launch: WorkerLaunch,
    narrate: @escaping FailureNarrator, observer: any ExhaustObserver,
    isInterrupted: @escaping @Sendable () -> Bool
  ) {
    self.scenario = scenario
    self.space = space
    self.options = options
    self.launch = launch
    self.narrate = narrate
    self.observer = observer
    self.isInterrupted = isInterrupted
  }

  /// Runs it.
  ///
  /// - Throws: `ExhaustError` and `ReportError` where the folder is not one to use, or the harness itself fails: a
  ///   worker does not start or answers nonsense, or the report cannot be written.
  package func run() async throws -> ExhaustOutcome {
    let ledger = try ExhaustLedger(scenario, space, options, observer, narrate)
    let folder = try WorkerFolder()
    defer {
      folder.remove()
      observer.stop()
    }
    do {
      let wasInterrupted = try await WorkerSlots(
        count: options.jobs, isInterrupted: isInterrupted, tick: { observer.tick() }
      ).run { slot in
        try await serve(slot, folder.files(worker: slot), ledger)
      } interrupt: {
        await ledger.interrupt()
      }
      return try await ledger.finish(wasInterrupted ? .interrupted : .finished)
    } catch {
      // The first error is the one to tell; that the report cannot be ended either adds nothing.
      _ = try? await ledger.finish(.failed)
      throw error
    }
  }

  /// Runs one batch after the other in one worker process, and in a new one whenever that has died.
  private func serve(_ slot: Int, _ files: WorkerFiles, _ ledger: ExhaustLedger) async throws {
    var open = await ledger.next(slot: slot)
    while open != nil {
      let end = try await WorkerProcess.run(launch, files: files) { worker in
        while let planned = open {
          guard let results = try await worker.ask(task(planned.batch)) else { return false }
          try await ledger.complete(planned, slot: slot, try check(results, planned.batch))
          open = await ledger.next(slot: slot)
        }
        return true
      }
      guard case .died = end, let planned = open else { continue }
      try await ledger.complete(planned, slot: slot, try await oneByOne(planned.batch, files))
      open = await ledger.next(slot: slot)
    }
  }

  /// The results of a batch in which a worker died.
  private func oneByOne(_ batch: SequenceBatch, _ files: WorkerFiles) async throws -> [CaseResult] {
    var results: [CaseResult] = []
    for index in batch.indices {
      let single = SequenceBatch(first: index, count: 1)
      switch try await WorkerProcess.ask(task(single), launch, files: files) {
      case .answered(let answer): results += try check(answer, single)
      case .died(let death): results.append(death.result(scenario: scenario.name, seed: UInt64(index)))
      }
    }
    return results
  }

  private func task(_ batch: SequenceBatch) -> SequenceTask {
    SequenceTask(scenario: scenario, bound: space.bound, batch: batch)
  }

  /// The results, if they are those that were asked for.
  private func check(_ results: [CaseResult], _ batch: SequenceBatch) throws(WorkerError) -> [CaseResult] {
    guard results.allSatisfy({ $0.scenario == scenario.name }),
      results.map(\.seed) == batch.indices.map(UInt64.init)
    else {
      throw WorkerError("a worker was asked for sequences \(batch.indices) and answered something else")
    }
    return results
  }
}
