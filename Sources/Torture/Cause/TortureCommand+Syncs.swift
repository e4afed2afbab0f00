/// What `syncs` is to do.
public struct SyncAuditOptions: Hashable, Sendable {
  /// Which seeds of each scenario: its first one unless somebody says otherwise.
  public var seeds = SeedSelection(runs: 1)
  /// The profile that is put in the place of the scenarios' own; nil for theirs.
  public var profile: DiskOptions.Profile?
  /// How many executions (runs of the workload, and recoveries) one sync may take.
  public var executionsMax = 5000

  public init() {}
}

extension TortureCommand {
  /// `syncs`: leaves out each sync of clean runs in turn, and tells which were never needed.
  ///
  /// - Parameter paths: scenarios, as for `run`.
  /// - Returns: `.success`; `.violation` where a run is not clean as it is, so that nothing can be said.
  public static func syncs(
    _ paths: [String], _ options: SyncAuditOptions, console: Console, launch: WorkerLaunch? = nil
  ) async -> CommandStatus {
    let cases: [(scenario: Scenario, seed: UInt64)]
    do {
      let scenarios = try ScenarioList.read(paths).map { try $0.on(options.profile) }
      cases = scenarios.flatMap { scenario in
        (0..<options.seeds.count(scenario)).map { (scenario, options.seeds.seed(scenario, $0)) }
      }
    } catch {
      return fail(error, .usage, console)
    }
    do {
      let audit = try await SyncAuditRun(
        launch: try launch ?? .ownExecutable(), executionsMax: options.executionsMax, console: console
      ).run(cases)
      guard let audit else { return .violation }
      for line in audit.lines { console.write(SafeName.printable(line) + "\n") }
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
        console.write(SafeName.printable("\(name) is not clean with all its syncs: \(wrong)") + "\n")
        return nil
      }
      let reply = try await WorkerProcess.ask(
        .syncSites(scenario: scenario, seed: seed), launch, files: files)
      guard case .answered(.syncSites(let sites)) = reply else {
        throw WorkerError("a worker was asked for the syncs of \(name) and answered something else")
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
    let request = WorkerRequest.withoutSyncs(
      scenario: scenario, seed: seed, removal: removal, executionsMax: executionsMax)
    switch try await WorkerProcess.ask(request, launch, files: files) {
    case .answered(.hunted(let outcome)): return SyncAudit.Trial(outcome)
    case .died(.trapped(let trap)): return SyncAudit.Trial(trap: trap)
    case .answered:
      throw WorkerError("a worker was asked to leave out a sync and answered something else")
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

extension CrashHunt {
  /// Looks for anything that is wrong in the run of a case without some of its syncs.
  ///
  /// Crashes before the first of them are those of the run as it is, and are left alone.
  static func run(without removal: SyncRemoval, _ testCase: TestCase, executionsMax: Int) -> Outcome {
    var finding = Finding(
      id: "without syncs", violation: Violation(.lostCommit, ""), crashes: [], crashStory: [], strategy: "",
      afterCrashStates: 0)
    finding.violation = nil
    let reproducer = Reproducer(
      scenario: testCase.scenario, seed: testCase.seed, operations: testCase.workload.operations,
      finding: finding)
    var hunt = CrashHunt(
      reproducer, target: nil, executionsMax: executionsMax, change: .removed(Set(removal.numbers)))
    hunt.firstPoint = removal.first
    let caught = hunt.search()
    return Outcome(caught: caught, executions: hunt.executions, isComplete: hunt.isComplete)
  }
}
