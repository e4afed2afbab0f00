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
    do {
      let standard = options.canary ? canariesDefault : scenariosDefault
      scenarios = try ScenarioList.read(paths.isEmpty ? [standard] : paths)
      for name in options.shares.keys.sorted() where !scenarios.contains(where: { $0.name == name }) {
        throw ScenarioListError("--share \(name): there is no scenario of that name among those that run")
      }
    } catch {
      return fail(error, .usage, console)
    }
    do {
      if isInterrupted == nil { Interruption.listen() }
      let display = CampaignDisplay(console, detail: detail)
      let campaign = Campaign(
        scenarios, options, launch: try options.launch(launch ?? .ownExecutable()), display: display,
        isInterrupted: isInterrupted ?? { Interruption.isRequested })
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

  /// `replay`: the failure in the reproducer at `path`, in a process of its own, so that a trap can be told.
  ///
  /// - Returns: `.violation` where the failure, or a trap, is there; `.success` where it is not.
  public static func replay(_ path: String, console: Console, launch: WorkerLaunch? = nil) async
    -> CommandStatus
  {
    let reproducer: Reproducer
    do {
      reproducer = try Reproducer.read(path)
    } catch {
      return fail(error, .usage, console)
    }
    do {
      let folder = try WorkerFolder()
      defer { folder.remove() }
      func say(_ lines: [String]) {
        for line in lines { console.write(SafeName.printable(line) + "\n") }
      }
      let reply = try await WorkerProcess.ask(
        .replay(reproducer: reproducer), try launch ?? .ownExecutable(), files: folder.files(worker: 0))
      switch reply {
      case .answered(.replayed(let replay)):
        say(replay.story)
        say([verdict(replay.violation, of: reproducer)])
        return replay.violation == nil ? .success : .violation
      case .answered:
        throw WorkerError("a worker was asked to replay '\(path)' and answered something else")
      case .died(.trapped(let trap)):
        say(["scenario \(reproducer.scenario.name), seed \(reproducer.seed)", "It \(trap.summary)", ""])
        say(trap.stack.isEmpty ? ["No call stack was captured."] : trap.stack)
        return .violation
      case .died(.failed(let reason, let hang)):
        if let hang { say(["It \(hang.summary)", ""] + hang.stack) }
        throw WorkerError("the replay of '\(path)' \(reason)")
      }
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

  /// What a replay came to, held against what the reproducer has.
  static func verdict(_ violation: Violation?, of reproducer: Reproducer) -> String {
    guard let violation else { return "The failure did not come back." }
    if let recorded = reproducer.finding.violation, recorded.kind != violation.kind {
      return
        "Another failure is there: \(violation.kind.rawValue); the reproducer has \(recorded.kind.rawValue)"
    }
    return "The failure is there: \(violation.kind.rawValue)"
  }

  static func fail(_ error: any Error, _ status: CommandStatus, _ console: Console) -> CommandStatus {
    for line in "Error: \(error)".split(separator: "\n") {
      console.writeStatus(SafeName.printable(String(line)) + "\n")
    }
    return status
  }
}
