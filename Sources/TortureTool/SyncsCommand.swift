import ArgumentParser
import TextFiles
import TortureCampaign
import TortureCore
import TortureFailures
import TortureViews

struct SyncsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "syncs", abstract: "Reports which syncs of a store were never needed.",
    discussion: """
      Leaves out each sync of a clean run in turn, and looks for a crash state that is then wrong; finally it leaves out \
      all those that were never needed together. The answer says where not every crash state could be judged. The \
      scenarios' faults play no part.
      """)

  @Argument(
    help: ArgumentHelp(
      "Scenario files, or folders with scenario files directly in them. Small ones are answered exhaustively.",
      valueName: "path"),
    completion: .file(extensions: ["yaml", "yml"]))
  var paths: [String]

  @Option(
    parsing: .unconditional, help: "Check exactly this seed: a number, or a commit hash.",
    transform: RunCommand.seed)
  var seed: UInt64?

  @Option(help: "How many seeds of each scenario.")
  var runs = 1

  @Option(help: "The profile to use instead of the scenarios' own.")
  var profile: String?

  @Option(help: "The budget for one sync, in runs of the workload plus recoveries.")
  var executions = SyncAuditOptions().executionsMax

  @Flag(help: "As JSON, place by place.")
  var json = false

  func validate() throws {
    if executions < 1 { throw ValidationError("--executions \(executions): expected at least 1.") }
    if runs < 1 { throw ValidationError("--runs \(runs): expected at least 1.") }
    if let profile, DiskOptions.Profile(rawValue: profile) == nil {
      let known = DiskOptions.Profile.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--profile \(profile): no profile has that name; the profiles are \(known).")
    }
  }

  func run() async throws {
    var options = SyncAuditOptions()
    options.seeds = SeedSelection(only: seed, runs: runs)
    options.profile = profile.flatMap(DiskOptions.Profile.init)
    options.executionsMax = executions
    options.asJSON = json
    try await TortureCommand.syncs(paths, options, console: .standard).exit()
  }
}

/// What `syncs` is to do.
struct SyncAuditOptions: Hashable, Sendable {
  /// Which seeds of each scenario: its first one unless somebody says otherwise.
  var seeds = SeedSelection(runs: 1)
  /// The profile that is put in the place of the scenarios' own; nil for theirs.
  var profile: DiskOptions.Profile?
  /// How many executions (runs of the workload, and recoveries) one sync may take.
  var executionsMax = 5000
  /// Whether the answer is JSON.
  var asJSON = false

  init() {}
}

extension TortureCommand {
  /// `syncs`: leaves out each sync of clean runs in turn, and reports which were never needed.
  ///
  /// - Parameter paths: scenarios, as for `run`.
  /// - Returns: `.success`; `.violation` where a run is not clean as it is, so that nothing can be said.
  static func syncs(
    _ paths: [String], _ options: SyncAuditOptions, console: Console, launch: WorkerLaunch? = nil
  ) async -> CommandStatus {
    let cases: [(scenario: Scenario, seed: UInt64)]
    do {
      let scenarios = try ScenarioList.read(paths).map { try $0.on(options.profile) }
      cases = scenarios.flatMap { scenario in
        let seeds = options.seeds.seeds(scenario)
        return (0..<seeds.count).map { (scenario, seeds[$0]) }
      }
    } catch {
      return fail(error, .usage, console)
    }
    do {
      let audit = try await SyncAuditRun(
        launch: try launch ?? .ownExecutable(), executionsMax: options.executionsMax, console: console
      ).run(cases)
      guard let audit else { return .violation }
      if options.asJSON {
        console.write(try JSONText.document(audit))
        return .success
      }
      for line in SyncAuditText.lines(audit) { console.write(SafeName.printable(line) + "\n") }
      return .success
    } catch {
      return fail(error, .harnessFailure, console)
    }
  }
}

/// Leaves out syncs in worker processes.
private struct SyncAuditRun {
  let launch: WorkerLaunch
  let executionsMax: Int
  let console: Console

  /// Nil where a case is not clean with all its syncs.
  func run(_ cases: [(scenario: Scenario, seed: UInt64)]) async throws -> SyncAudit? {
    let folder = try WorkerFolder()
    defer { folder.remove() }
    let files = folder.files(worker: 0)
    var audit = SyncAudit()
    var sitesOfCases: [[SyncSite]] = []
    for (scenario, seed) in cases {
      let name = "\(scenario.name), seed \(seed)"
      if let wrong = try await trial(SyncRemoval(), scenario, seed, files).consequence {
        console.write(SafeName.printable("\(name) fails with all its syncs in place: \(wrong)") + "\n")
        return nil
      }
      let reply = try await WorkerProcess.ask(
        SyncSitesTask(scenario: scenario, seed: seed), launch, files: files)
      guard case .answered(let sites) = reply else {
        throw WorkerError("the worker that looked for the syncs of \(name) died")
      }
      let count = sites.reduce(0) { $0 + $1.numbers.count }
      console.writeStatus(SafeName.printable("\(name): \(count) syncs from \(sites.count) places") + "\n")
      for site in sites {
        for index in site.numbers.indices {
          audit.add(site, try await trial(SyncRemoval(site, index), scenario, seed, files))
        }
      }
      sitesOfCases.append(sites)
    }
    for ((scenario, seed), sites) in zip(cases, sitesOfCases) {
      let unneeded = audit.unneeded(sites)
      if !unneeded.isEmpty {
        audit.add(together: try await trial(SyncRemoval(unneeded), scenario, seed, files))
      }
    }
    return audit
  }

  private func trial(
    _ removal: SyncRemoval, _ scenario: Scenario, _ seed: UInt64, _ files: WorkerFiles
  ) async throws -> SyncAudit.Trial {
    let task = WithoutSyncsTask(
      scenario: scenario, seed: seed, removal: removal, executionsMax: executionsMax)
    switch try await WorkerProcess.ask(task, launch, files: files) {
    case .answered(let outcome): return SyncAudit.Trial(outcome)
    case .died(.trapped(let trap)): return SyncAudit.Trial(trap: trap)
    case .died(.failed(let reason, _)): throw WorkerError("a run without a sync \(reason)")
    }
  }
}

extension Scenario {
  /// The same on another disk: a profile by itself, without what the scenario changes in its own.
  fileprivate func on(_ profile: DiskOptions.Profile?) throws -> Scenario {
    guard let profile else { return self }
    var scenario = self
    scenario.disk = DiskOptions(profile: profile, sector: disk.sector, directWrites: disk.directWrites)
    return try ScenarioReader.read(
      Array(JSONText.line(scenario).utf8), file: "\(name) on \(profile.rawValue)")
  }
}
