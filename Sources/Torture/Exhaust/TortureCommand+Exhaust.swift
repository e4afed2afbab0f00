extension TortureCommand {
  /// `exhaust`: every sequence of up to so many operations, on the system, disk and crashes of the scenario at `path`.
  ///
  /// - Parameters:
  ///   - path: a scenario file; nil for the default one.
  ///   - isQuiet: whether to show the result only.
  ///   - launch: starts a worker; nil for this very program.
  ///   - isInterrupted: whether the user wants the end; nil to listen to Ctrl-C.
  public static func exhaust(
    _ path: String?, _ options: ExhaustOptions, isQuiet: Bool = false, console: Console,
    launch: WorkerLaunch? = nil, isInterrupted: (@Sendable () -> Bool)? = nil
  ) async -> CommandStatus {
    do {
      let scenario = try ScenarioReader.load(path ?? ExhaustOptions.scenarioDefault)
      guard ExhaustOptions.bounds.contains(options.bound) else {
        throw ExhaustError("a bound of \(options.bound) operations is not one of \(ExhaustOptions.bounds)")
      }
      let space = SequenceSpace(try Alphabet(scenario), bound: options.bound)
      if isInterrupted == nil { Interruption.listen() }
      let display = ExhaustDisplay(console, isQuiet: isQuiet, count: space.count)
      if !isQuiet { display.say(ExhaustText.header(scenario, space, options)) }
      let campaign = ExhaustCampaign(
        scenario: scenario, space: space, options: options, launch: try launch ?? .ownExecutable(),
        display: display, isInterrupted: isInterrupted ?? { Interruption.isRequested })
      let outcome = try await campaign.run()
      display.say(ExhaustText.ending(outcome, isQuiet: isQuiet))
      return outcome.status
    } catch {
      let isUsage =
        error is ScenarioProblems || error is ExhaustError || (error as? ReportError)?.isWrongFolder == true
      return fail(error, isUsage ? .usage : .harnessFailure, console)
    }
  }
}
