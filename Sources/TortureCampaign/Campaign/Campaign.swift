package import TortureCore

/// Runs the cases of scenarios in worker processes and writes their report.
///
/// A case that traps costs its own process only: it is reported with its call stack, and a new worker goes on with the
/// next case.
package struct Campaign: Sendable {
  private let scenarios: [Scenario]
  private let options: CampaignOptions
  private let launch: WorkerLaunch
  private let observer: any CampaignObserver
  private let narrate: FailureNarrator
  private let isInterrupted: @Sendable () -> Bool
  private let clock = ContinuousClock()

  /// A campaign over `scenarios`, whose names differ.
  ///
  /// - Parameters:
  ///   - launch: starts a worker.
  ///   - observer: watches how it goes.
  ///   - narrate: tells a failure for its folder.
  ///   - isInterrupted: asked several times a second; once it says yes, the campaign ends with the results so far.
  package init(
    _ scenarios: [Scenario], _ options: CampaignOptions, launch: WorkerLaunch,
    observer: any CampaignObserver, narrate: @escaping FailureNarrator,
    isInterrupted: @escaping @Sendable () -> Bool = { Interruption.isRequested }
  ) {
    self.scenarios = scenarios
    self.options = options
    self.launch = launch
    self.observer = observer
    self.narrate = narrate
    self.isInterrupted = isInterrupted
  }

  /// Runs it.
  ///
  /// - Returns: what it came to. What was found is in the report folder as well.
  /// - Throws: where the harness itself fails: a worker does not start or answers nonsense, or the report cannot be
  ///   written. The results so far are in the report, unless it is the report that fails.
  package func run() async throws(CampaignError) -> CampaignOutcome {
    do {
      try SystemLimits.check(jobs: options.jobs)
      let folder = try WorkerFolder()
      defer { folder.remove() }
      let ledger = try CampaignLedger(scenarios, options, observer, narrate: narrate)
      do {
        let wasInterrupted = try await WorkerSlots(
          count: options.jobs, isInterrupted: isInterrupted, tick: { observer.tick() }
        ).run { slot in
          try await serve(slot, ledger, folder)
        } interrupt: {
          await ledger.interrupt()
        }
        observer.stop()
        var outcome = try await ledger.finish(wasInterrupted ? .interrupted : .finished)
        guard !wasInterrupted else { return outcome }
        let study = FailureStudy(
          launch: launch, folder: folder, jobs: options.jobs, shrinkLimit: options.shrinkLimit,
          isInterrupted: isInterrupted)
        try await ledger.join(by: study.causes(of: await ledger.firstFailures))
        try await ledger.note(study.minimal(await ledger.firstFailures))
        // What differed in what it lost without need is the same now.
        try await ledger.join(by: study.causes(of: await ledger.firstFailures))
        outcome = await ledger.outcome
        outcome.pictures = try await study.pictures(of: await ledger.firstFailures)
        return outcome
      } catch {
        observer.stop()
        // The first error is the one to tell; that the report cannot be ended either adds nothing.
        _ = try? await ledger.finish(.failed)
        guard (error as? ReportError)?.isWrongFolder != true else { throw error }
        throw CampaignError(
          "\(error); what was found so far is in '\(options.out)', and the same command with --resume goes on from there",
          .harnessFailure)
      }
    } catch let error as CampaignError {
      throw error
    } catch {
      let isWrongFolder = (error as? ReportError)?.isWrongFolder ?? false
      let isUsage = isWrongFolder || error is SystemLimitError
      throw CampaignError("\(error)", isUsage ? .usage : .harnessFailure)
    }
  }

  /// Runs one case after the other in one worker process, and in a new one whenever that has died.
  private func serve(_ slot: Int, _ ledger: CampaignLedger, _ folder: WorkerFolder) async throws {
    let files = folder.files(worker: slot)
    let repetition = folder.files(worker: slot + options.jobs)
    var open = await ledger.next(slot: slot)
    var last: PlannedCase?
    while open != nil {
      var began = clock.now
      var hasBegun = false
      let end = try await WorkerProcess.run(launch, files: files) { worker in
        while let planned = open {
          began = clock.now
          guard let result = try await worker.ask(task(planned)) else {
            hasBegun = worker.hasBegun
            return false
          }
          try await deliver(planned, slot, result, began, ledger, repetition)
          last = planned
          open = await ledger.next(slot: slot)
        }
        return true
      }
      guard case .died(let status) = end, let planned = open else { continue }
      guard hasBegun else {
        // Not to be blamed on the next case, whose worker never took it.
        let before = last.map { "answering \(scenarios[$0.scenario].name), seed \($0.seed)" } ?? "its start"
        let moment = "after \(before)"
        let death = try WorkerDeath(status, of: launch, files: files, moment: moment)
        throw WorkerError("a worker died \(moment): \(death.reason)")
      }
      let death = try WorkerDeath(status, of: launch, files: files)
      let result = death.result(scenario: scenarios[planned.scenario].name, seed: planned.seed)
      try await deliver(planned, slot, result, began, ledger, repetition)
      open = await ledger.next(slot: slot)
    }
  }

  /// Hands a case's result to the ledger, with what a repetition differs in where the options want one.
  private func deliver(
    _ planned: PlannedCase, _ slot: Int, _ result: CaseResult, _ began: ContinuousClock.Instant,
    _ ledger: CampaignLedger, _ repetition: WorkerFiles
  ) async throws {
    var result = try check(result, planned)
    let seconds = (clock.now - began) / .seconds(1)
    if options.doublecheck {
      // In a process of its own, so that hash seeds and addresses differ.
      let repeated =
        switch try await WorkerProcess.ask(task(planned), launch, files: repetition) {
        case .answered(let answer): try check(answer, planned)
        case .died(let death):
          death.result(scenario: scenarios[planned.scenario].name, seed: planned.seed)
        }
      result.difference = CaseDifference(result, repeated)
    }
    try await ledger.complete(planned, slot: slot, result: result, seconds: seconds)
  }

  /// How many of the jobs a case may have for itself, where there are fewer cases than jobs.
  private var coresPerCase: Int {
    let cases = CasePlan(scenarios, options.seeds, shard: options.shard).count
    return max(1, options.jobs / max(1, cases))
  }

  private func task(_ planned: PlannedCase) -> RunTask {
    RunTask(scenario: scenarios[planned.scenario], seed: planned.seed, cores: coresPerCase)
  }

  /// The result, if it is of the case that was asked about.
  private func check(_ result: CaseResult, _ planned: PlannedCase) throws -> CaseResult {
    let name = scenarios[planned.scenario].name
    guard result.scenario == name, result.seed == planned.seed else {
      throw WorkerError("a worker was asked for \(name), seed \(planned.seed), and answered something else")
    }
    return result
  }
}

/// A campaign that cannot begin or go on.
package struct CampaignError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong, and what to do.
  package var description: String
  /// `.usage` where the report's folder is not one to use, `.harnessFailure` otherwise.
  package var status: CommandStatus

  init(_ description: String, _ status: CommandStatus) {
    self.description = description
    self.status = status
  }
}
