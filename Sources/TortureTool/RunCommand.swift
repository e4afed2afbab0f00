import TextFiles
import TortureFailures
import ArgumentParser
import FoundationEssentials
package import TortureCampaign
package import TortureCore
package import TortureViews

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs scenarios and writes a report.",
    discussion: """
      A case is a scenario with a seed. The same scenario and seed give the same line in results.jsonl, on any \
      number of jobs. With --time-limit, no new case begins once the time is spent; every scenario has a first \
      case before any has a second.
      """)

  @Argument(
    help: ArgumentHelp(
      "Scenario files, or folders with scenario files directly in them.",
      discussion: "Default: scenarios; with --canary, scenarios/canary.", valueName: "path"),
    completion: .file(extensions: ["yaml", "yml"]))
  var paths: [String] = []

  @Option(
    parsing: .unconditional, help: "Run exactly this seed: a number, or a commit hash.", transform: seed)
  var seed: UInt64?

  @Option(
    parsing: .unconditional, help: "The first seed, instead of the scenario's own.", transform: seed)
  var firstSeed: UInt64?

  @Option(help: "How many cases of each scenario, instead of the scenario's own count.")
  var runs: Int?

  @Option(
    help: ArgumentHelp(
      "Run exactly the cases in this file, which 'corpus' wrote.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var corpus: String?

  @Option(
    help: ArgumentHelp("Start no new case after this time: 60s, 2m, 1h30m.", valueName: "time"),
    transform: timeLimit)
  var timeLimit: TimeLimit?

  @Option(help: "Start no new case after this many crash states.")
  var states: Int?

  @Option(
    help: ArgumentHelp(
      "Under --time-limit or --states, the share of a scenario; the others have 1 each. Repeatable.",
      valueName: "name=share"),
    transform: share)
  var share: [Share] = []

  @Option(
    help: ArgumentHelp(
      "Run one of N parts of the campaign, such as 2/8; 'slurm' takes the part from the task of a Slurm array.",
      valueName: "i/n"),
    transform: shard)
  var shard = Shard.whole

  @Flag(help: "Continue the campaign whose report is in the folder, or start it if there is none.")
  var resume = false

  @Option(
    help: ArgumentHelp(
      "How long a case may take before it counts as hanging. (default: 2m)", valueName: "time"),
    transform: timeLimit)
  var caseLimit: TimeLimit?

  @Option(help: "How much memory a worker may take, in MiB; 0 for no limit.")
  var memoryLimit = WorkerLaunch.memoryLimitBytesDefault >> 20

  @Option(help: "How many cases run in parallel. (default: the number of cores)")
  var jobs: Int?

  @Option(
    help: ArgumentHelp("The report's folder; an earlier report in it is replaced.", valueName: "folder"),
    completion: .directory)
  var out = CampaignOptions.outDefault

  @Option(
    help: ArgumentHelp("How long to spend on making failures smaller at the end.", valueName: "time"),
    transform: timeLimit)
  var shrinkLimit = TimeLimit.shrinkDefault

  @Flag(help: "Leave the failures as they were found.")
  var noShrink = false

  @Flag(help: "Do not begin by replaying the reproducers in 'regressions' beside the scenarios.")
  var noRegressions = false

  @Flag(
    help:
      "Accept that a limit left scenarios without a case; without this flag the run then exits with 4.")
  var allowSkipped = false

  @Flag(help: "Start no new case once something is found.")
  var stopAtFirst = false

  @Flag(help: "Run each case twice, and exit with 2 if the results differ.")
  var doublecheck = false

  @Flag(help: "Expect every scenario to fail: exit with 0 if all do, with 1 if one does not.")
  var canary = false

  @Flag(name: .shortAndLong, help: "Show only the result.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Show a line for each case.")
  var verbose = false

  func validate() throws {
    if seed != nil && (firstSeed != nil || runs != nil) {
      throw ValidationError("--seed names exactly one seed: leave out --first-seed and --runs.")
    }
    if corpus != nil && (seed != nil || firstSeed != nil || runs != nil) {
      throw ValidationError(
        "--corpus names the seeds: leave out --seed, --first-seed and --runs.")
    }
    if let runs, runs < 1 { throw ValidationError("--runs \(runs): expected at least 1.") }
    if let states, states < 1 { throw ValidationError("--states \(states): expected at least 1.") }
    if canary && shard.count > 1 {
      throw ValidationError("--canary and --shard cannot be combined: a canary ends once it is found.")
    }
    if stopAtFirst && canary {
      throw ValidationError("--stop-at-first and --canary cannot be combined: every canary must be found.")
    }
    if !share.isEmpty && timeLimit == nil && states == nil {
      throw ValidationError("--share needs --time-limit or --states: without a limit every case runs.")
    }
    guard (0...(1 << 30)).contains(memoryLimit) else {
      throw ValidationError("--memory-limit \(memoryLimit): expected a number of MiB, or 0 for no limit.")
    }
    if let jobs, !(1...512).contains(jobs) {
      throw ValidationError("--jobs \(jobs): expected a number from 1 to 512.")
    }
    if out.isEmpty { throw ValidationError("--out needs the name of a folder.") }
    if quiet && verbose { throw ValidationError("--quiet and --verbose cannot be combined.") }
  }

  func run() async throws {
    var options = CampaignOptions()
    options.seeds = SeedSelection(only: seed, first: firstSeed, runs: runs)
    options.corpus = corpus
    options.timeLimit = timeLimit
    options.statesMax = states
    options.shares = Dictionary(share.map { ($0.name, $0.weight) }, uniquingKeysWith: { $1 })
    options.shard = shard
    options.isResumed = resume
    options.environment = ProcessInfo.processInfo.environment
    options.caseLimit = caseLimit
    options.memoryLimitBytes = memoryLimit << 20
    options.jobs = jobs ?? ProcessInfo.processInfo.activeProcessorCount
    options.out = out
    options.replaysRegressions = !noRegressions
    options.stopsAtFirst = stopAtFirst
    options.allowsSkipped = allowSkipped
    options.doublecheck = doublecheck
    options.canary = canary
    options.shrinkLimit = noShrink ? nil : shrinkLimit
    options.program = CommandLine.arguments.first ?? options.program
    let detail: CampaignDisplay.Detail = quiet ? .quiet : verbose ? .verbose : .normal
    try await TortureCommand.run(paths, options, detail: detail, console: .standard).exit()
  }

  /// What a scenario gets beside the others.
  struct Share {
    var name: String
    var weight: Int
  }

  @Sendable private static func share(_ text: String) throws -> Share {
    let parts = text.split(separator: "=", maxSplits: 1)
    guard parts.count == 2, let weight = Int(parts[1]), (1...1000).contains(weight) else {
      throw ValidationError("a share is given as SCENARIO=NUMBER, with a number from 1 to 1000.")
    }
    return Share(name: String(parts[0]), weight: weight)
  }

  @Sendable private static func shard(_ text: String) throws -> Shard {
    if text == "slurm" {
      guard let shard = Shard(slurm: ProcessInfo.processInfo.environment) else {
        throw ValidationError(
          "this is not a task of a Slurm array: SLURM_ARRAY_TASK_ID, _MIN and _MAX are not set, or do not agree."
        )
      }
      return shard
    }
    guard let shard = Shard(text) else {
      throw ValidationError("a shard is given as I/N, with I from 1 to N.")
    }
    return shard
  }

  @Sendable static func seed(_ text: String) throws -> UInt64 {
    guard let seed = SeedSelection.parse(text) else {
      throw ValidationError(
        "a seed is a number from 0 to \(UInt64.max), in hexadecimal with 0x, or a commit hash of 40 digits.")
    }
    return seed
  }

  @Sendable static func timeLimit(_ text: String) throws -> TimeLimit {
    guard let limit = TimeLimit(text) else {
      throw ValidationError("a time is given as 60s, 2m or 1h30m, and is at least a second.")
    }
    return limit
  }
}

extension TortureCommand {
  /// `run`: a campaign over the scenarios at `paths`. All of them are read before anything runs.
  ///
  /// - Parameters:
  ///   - paths: files and folders; none for the default folder.
  ///   - launch: starts a worker; nil for this very program.
  ///   - isInterrupted: whether the user wants the end; nil to listen to Ctrl-C.
  package static func run(
    _ paths: [String], _ options: CampaignOptions, detail: CampaignDisplay.Detail, console: Console,
    launch: WorkerLaunch? = nil, isInterrupted: (@Sendable () -> Bool)? = nil
  ) async -> CommandStatus {
    var scenarios: [Scenario]
    var options = options
    var regressions: Regressions?
    do throws(any Error) {
      let standard = options.canary ? canariesDefault : scenariosDefault
      let paths = paths.isEmpty ? [standard] : paths
      scenarios = try ScenarioList.read(paths)
      if options.replaysRegressions && !options.canary && options.shard.numbers.contains(1) {
        regressions = try Regressions(beside: paths)
      }
      if let path = options.corpus {
        let kept = try Corpus.read(path).seeds
        scenarios.removeAll { kept[$0.name] == nil }
        guard !scenarios.isEmpty else {
          throw CorpusError(
            "the corpus '\(path)' has no case of these scenarios; 'lrvm-torture corpus' adds some")
        }
        let names = Set(scenarios.map(\.name))
        options.seeds = SeedSelection(listed: kept.filter { names.contains($0.key) })
      }
      for name in options.shares.keys.sorted() where !scenarios.contains(where: { $0.name == name }) {
        throw ScenarioListError("--share \(name): none of the scenarios has that name")
      }
    } catch {
      return fail(error, .usage, console)
    }
    return await run(
      scenarios, regressions: regressions, options, detail: detail, console: console, launch: launch,
      isInterrupted: isInterrupted)
  }

  /// A campaign over a scenario that is in no file; Ctrl-C ends it.
  package static func run(
    _ scenario: Scenario, _ options: CampaignOptions, console: Console
  ) async -> CommandStatus {
    await run(
      [scenario], regressions: nil, options, detail: .normal, console: console, launch: nil,
      isInterrupted: nil)
  }

  private static func run(
    _ scenarios: [Scenario], regressions: Regressions?, _ options: CampaignOptions,
    detail: CampaignDisplay.Detail, console: Console, launch: WorkerLaunch?,
    isInterrupted: (@Sendable () -> Bool)?
  ) async -> CommandStatus {
    do {
      if isInterrupted == nil { Interruption.listen() }
      let display = CampaignDisplay(console, detail: detail)
      let isInterrupted = isInterrupted ?? { Interruption.isRequested }
      let workers = try options.launch(launch ?? .ownExecutable())
      var options = options
      if let regressions {
        options.regressions = try await regressions.replay(workers, isInterrupted: isInterrupted) {
          entry, back in
          let what =
            switch back {
            case .violation(let violation): violation.text
            case .trap(let trap): trap.text
            }
          display.say("\(console.paint("regression", .red))  \(SafeName.printable("\(entry.name)  \(what)"))")
          display.say(
            "\(ShellWord.quote(options.program)) replay \(ShellWord.quote(SafeName.printable(entry.path)))")
        }
      }
      let campaign = Campaign(
        scenarios, options, launch: workers, observer: display,
        narrate: { FailureStory.lines($0, case: $1, replayLine: $2) }, isInterrupted: isInterrupted)
      let outcome = try await campaign.run()
      let notes = try CampaignViews(outcome).publish(outcome.report, options.environment)
      for line in notes { console.write(line + "\n") }
      display.show(outcome)
      return outcome.status
    } catch let error as CampaignError {
      return fail(error, error.status, console)
    } catch {
      return fail(error, .harnessFailure, console)
    }
  }
}
