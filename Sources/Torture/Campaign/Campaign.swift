/// Runs the cases of scenarios in worker processes and writes their report.
///
/// A case that traps costs its own process only: it is reported with its call stack, and a new worker goes on with the
/// next case.
public struct Campaign: Sendable {
  private let scenarios: [Scenario]
  private let options: CampaignOptions
  private let launch: WorkerLaunch
  private let display: CampaignDisplay
  private let isInterrupted: @Sendable () -> Bool
  private let clock = ContinuousClock()

  /// A campaign over `scenarios`, whose names differ.
  ///
  /// - Parameters:
  ///   - launch: starts a worker.
  ///   - display: shows how it goes.
  ///   - isInterrupted: asked several times a second; once it says yes, the campaign ends with the results so far.
  public init(
    _ scenarios: [Scenario], _ options: CampaignOptions, launch: WorkerLaunch, display: CampaignDisplay,
    isInterrupted: @escaping @Sendable () -> Bool = { Interruption.isRequested }
  ) {
    self.scenarios = scenarios
    self.options = options
    self.launch = launch
    self.display = display
    self.isInterrupted = isInterrupted
  }

  /// Runs it.
  ///
  /// - Returns: what it came to. What was found is in the report folder as well.
  /// - Throws: where the harness itself fails: a worker does not start or answers nonsense, or the report cannot be
  ///   written. The results so far are in the report, unless it is the report that fails.
  public func run() async throws(CampaignError) -> CampaignOutcome {
    do {
      try SystemLimits.check(jobs: options.jobs)
      let folder = try WorkerFolder()
      defer { folder.remove() }
      let ledger = try CampaignLedger(scenarios, options, display)
      do {
        let wasInterrupted = try await WorkerSlots(
          count: options.jobs, isInterrupted: isInterrupted, tick: { display.tick() }
        ).run { slot in
          try await serve(slot, ledger, folder)
        } interrupt: {
          await ledger.interrupt()
        }
        display.stop()
        var outcome = try await ledger.finish(wasInterrupted ? .interrupted : .finished)
        let pictures = pictures(folder)
        if !wasInterrupted {
          outcome.summary = try await ledger.join(by: pictures.causes(await ledger.toPicture))
        }
        let drawn = wasInterrupted ? [:] : try await pictures.draw(await ledger.toPicture)
        outcome.annotations = try await ledger.publish(drawn)
        return outcome
      } catch {
        display.stop()
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
    while open != nil {
      var began = clock.now
      let end = try await WorkerProcess.run(launch, files: files) { worker in
        while let planned = open {
          began = clock.now
          guard let response = try await worker.ask(request(planned)) else { return false }
          try await deliver(planned, slot, response, began, ledger, repetition)
          open = await ledger.next(slot: slot)
        }
        return true
      }
      guard case .died(let status) = end, let planned = open else { continue }
      let death = try WorkerDeath(status, files: files, caseLimitSeconds: launch.caseLimitSeconds)
      let result = death.result(scenario: scenarios[planned.scenario].name, seed: planned.seed)
      try await deliver(planned, slot, .ran(result: result), began, ledger, repetition)
      open = await ledger.next(slot: slot)
    }
  }

  /// Hands a case's result to the ledger, with that of its repetition where the options want one.
  private func deliver(
    _ planned: PlannedCase, _ slot: Int, _ response: WorkerResponse, _ began: ContinuousClock.Instant,
    _ ledger: CampaignLedger, _ repetition: WorkerFiles
  ) async throws {
    let result = try check(response, planned)
    let seconds = (clock.now - began) / .seconds(1)
    var repeated: CaseResult?
    if options.doublecheck {
      // In a process of its own, so that hash seeds and addresses differ.
      switch try await WorkerProcess.ask(request(planned), launch, files: repetition) {
      case .answered(let response):
        repeated = try check(response, planned)
      case .died(let death):
        repeated = death.result(scenario: scenarios[planned.scenario].name, seed: planned.seed)
      }
    }
    try await ledger.complete(planned, slot: slot, result: result, repeated: repeated, seconds: seconds)
  }

  /// Looks into failures again, to tell causes apart and to draw them.
  private func pictures(_ folder: WorkerFolder) -> FailurePictures {
    FailurePictures(launch: launch, folder: folder, jobs: options.jobs, isInterrupted: isInterrupted)
  }

  private func request(_ planned: PlannedCase) -> WorkerRequest {
    .run(scenario: scenarios[planned.scenario], seed: planned.seed)
  }

  /// The result in an answer, if it is one to the case that was asked about.
  private func check(_ response: WorkerResponse, _ planned: PlannedCase) throws -> CaseResult {
    let name = scenarios[planned.scenario].name
    guard case .ran(let result) = response, result.scenario == name, result.seed == planned.seed else {
      throw WorkerError("a worker was asked for \(name), seed \(planned.seed), and answered something else")
    }
    return result
  }
}

/// A campaign that cannot begin or go on.
public struct CampaignError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong, and what to do.
  public var description: String
  /// `.usage` where the report's folder is not one to use, `.harnessFailure` otherwise.
  public var status: CommandStatus

  init(_ description: String, _ status: CommandStatus) {
    self.description = description
    self.status = status
  }
}
