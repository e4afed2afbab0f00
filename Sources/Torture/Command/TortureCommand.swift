/// What the subcommands of `lrvm-torture` do, once their arguments are parsed.
///
/// Each shows what it has to say on the console and returns how the process is to end.
public enum TortureCommand {
  /// Where scenarios are looked for unless a path says otherwise.
  public static let scenariosDefault = "scenarios"
  /// The same for canaries.
  public static let canariesDefault = "scenarios/canary"

  /// To be called before anything asynchronous: whether the system starts the few threads that it takes.
  public static func checkSystem(console: Console) -> CommandStatus {
    do {
      try SystemLimits.checkStart()
      return .success
    } catch {
      return fail(error, .usage, console)
    }
  }

  /// `run`: a campaign over the scenarios at `paths`. All of them are read before anything runs.
  ///
  /// - Parameters:
  ///   - paths: files and folders; none for the default folder.
  ///   - launch: starts a worker; nil for this very program.
  ///   - isInterrupted: whether the user wants the end; nil to listen to Ctrl-C.
  public static func run(
    _ paths: [String], _ options: CampaignOptions, detail: CampaignDisplay.Detail, console: Console,
    launch: WorkerLaunch? = nil, isInterrupted: (@Sendable () -> Bool)? = nil
  ) async -> CommandStatus {
    let scenarios: [Scenario]
    var regressions: Regressions?
    do throws(any Error) {
      let standard = options.canary ? canariesDefault : scenariosDefault
      let paths = paths.isEmpty ? [standard] : paths
      scenarios = try ScenarioList.read(paths)
      if options.replaysRegressions && !options.canary && options.shard.numbers.contains(1) {
        regressions = try Regressions(beside: paths)
      }
      for name in options.shares.keys.sorted() where !scenarios.contains(where: { $0.name == name }) {
        throw ScenarioListError("--share \(name): there is no scenario of that name among those that run")
      }
    } catch {
      return fail(error, .usage, console)
    }
    do {
      if isInterrupted == nil { Interruption.listen() }
      let display = CampaignDisplay(console, detail: detail)
      let isInterrupted = isInterrupted ?? { Interruption.isRequested }
      let workers = try options.launch(launch ?? .ownExecutable())
      var options = options
      if let regressions {
        options.regressions = try await regressions.replay(workers, isInterrupted: isInterrupted) {
          entry, what in
          display.say("\(console.paint("regression", .red))  \(SafeName.printable("\(entry.name)  \(what)"))")
          display.say(
            "\(ShellWord.quote(options.program)) replay \(ShellWord.quote(SafeName.printable(entry.path)))")
        }
      }
      let campaign = Campaign(
        scenarios, options, launch: workers, display: display, isInterrupted: isInterrupted)
      var outcome = try await campaign.run()
      await shrinkFirst(&outcome, options, try launch ?? .ownExecutable(), isInterrupted, console)
      for line in outcome.annotations { console.write(line + "\n") }
      display.show(outcome)
      return outcome.status
    } catch let error as CampaignError {
      return fail(error, error.status, console)
    } catch {
      return fail(error, .harnessFailure, console)
    }
  }

  /// `list`: the scenarios at `paths` with their descriptions.
  public static func list(_ paths: [String], console: Console) -> CommandStatus {
    do {
      for scenario in try ScenarioList.read(paths.isEmpty ? [scenariosDefault] : paths) {
        let expectation = scenario.expect == .violation ? " (expected to violate)" : ""
        console.write(SafeName.printable("\(scenario.name)\(expectation)") + "\n")
        for line in scenario.description.split(whereSeparator: \.isNewline) {
          console.write("    \(SafeName.printable(String(line)))\n")
        }
      }
      return .success
    } catch {
      return fail(error, .usage, console)
    }
  }

  /// `worker`: a worker's life.
  public static func worker(
    trapReportPath: String?, caseLimitSeconds: Int, memoryLimitBytes: Int = 0,
    executor: CaseExecutor = .standard, console: Console
  ) -> CommandStatus {
    do {
      try WorkerLoop.run(
        executor: executor, trapReportPath: trapReportPath, caseLimitSeconds: caseLimitSeconds,
        memoryLimitBytes: memoryLimitBytes)
      return .success
    } catch {
      return fail(error, .harnessFailure, console)
    }
  }

  static func fail(_ error: any Error, _ status: CommandStatus, _ console: Console) -> CommandStatus {
    for line in "Error: \(error)".split(separator: "\n") {
      console.writeStatus(SafeName.printable(String(line)) + "\n")
    }
    return status
  }
}
