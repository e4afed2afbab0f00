import LRVMTorture
import SystemPackage
import Testing
import TextFiles
import TortureCore
import TortureFailures
import TortureSamples
import TortureViews

@testable import TortureCampaign
@testable import TortureTool

/// Exhaustive runs in worker processes: of the command itself, and of the fixture where a worker has to misbehave.
@Suite struct ExhaustTests {
  private let folder: TestFolder

  init() throws {
    folder = try TestFolder()
  }

  private struct Run {
    var status: CommandStatus
    var recording: RecordedConsole
    var progress: ExhaustProgress
  }

  private func run(
    _ scenario: Scenario, _ out: String, bound: Int, launch: WorkerLaunch? = nil, jobs: Int = 2,
    isInterrupted: @escaping @Sendable () -> Bool = { false },
    change: (inout ExhaustOptions) -> Void = { _ in }
  ) async throws -> Run {
    let path = folder.path.appending("\(scenario.name).yaml")
    try FileTree.remove(path)
    try TextFile.create(path, scenario.derivedOptions)
    var options = ExhaustOptions()
    options.bound = bound
    options.jobs = jobs
    options.out = folder.appending(out)
    change(&options)
    let recording = RecordedConsole()
    let status = await TortureCommand.exhaust(
      path.string, options, console: recording.console, launch: try launch ?? commandLaunch(),
      isInterrupted: isInterrupted)
    let text = try folder.read("\(out)/\(ExhaustProgress.fileName)")
    return Run(
      status: status, recording: recording, progress: try JSONText.decode(ExhaustProgress.self, from: text))
  }

  /// What must not hang on time.
  private func withoutTime(_ progress: ExhaustProgress) throws -> String {
    var sizes = progress.sizes
    for index in sizes.indices { sizes[index].seconds = 0 }
    var total = progress.total
    total.setSeconds(0)
    return try JSONText.line(sizes) + JSONText.line(total) + JSONText.line(progress.told)
      + "\(progress.next) \(progress.conspicuous) \(progress.digest)"
  }

  @Test func theEngineHasNothingToHide() async throws {
    let scenario = try ExhaustSamples.scenario()
    let one = try await run(scenario, "one", bound: 4, jobs: 1)
    #expect(one.status == .success)
    #expect(one.recording.output.contains("All 55 sequences of up to 4 operations explored: nothing found"))
    #expect(one.progress.next == 55)
    let three = try await run(scenario, "three", bound: 4, jobs: 3)
    #expect(try withoutTime(one.progress) == withoutTime(three.progress))
  }

  @Test func anInterruptedRunEndsLikeAnUnbrokenOne() async throws {
    let scenario = try ExhaustSamples.scenario(sabotage: "{drop: sync, file: log}")
    let whole = try await run(scenario, "whole", bound: 5)
    #expect(whole.status == .violation)
    // A smaller bound first, then an interruption before anything ran, then the rest.
    _ = try await run(scenario, "parts", bound: 3)
    let broken = try await run(
      scenario, "parts", bound: 5, isInterrupted: { true }, change: { $0.isResumed = true })
    #expect(broken.status == .interrupted)
    #expect(broken.progress.next >= 12)
    #expect(broken.progress.next < whole.progress.next)
    let rest = try await run(scenario, "parts", bound: 5, change: { $0.isResumed = true })
    #expect(rest.status == .violation)
    #expect(try withoutTime(rest.progress) == withoutTime(whole.progress))
    #expect(rest.recording.output.contains("continuing at sequence"))
    #expect(try folder.read("parts/results.jsonl") == folder.read("whole/results.jsonl"))
    let failures = try FileTree.list(folder.path.appending("whole/failures"))
    #expect(try FileTree.list(folder.path.appending("parts/failures")) == failures)
    #expect(!failures.isEmpty)
  }

  @Test func aLogThatIsNotSyncedIsFoundWithinThreeOperations() async throws {
    let scenario = try ExhaustSamples.scenario(sabotage: "{drop: sync, file: log}")
    let two = try await run(scenario, "two", bound: 2)
    #expect(two.progress.total.violations == 0)
    let three = try await run(scenario, "three", bound: 3)
    #expect(three.status == .violation)
    let first = try #require(three.progress.told.first)
    let alphabet = try LRVMSystem.alphabet(of: scenario)
    let sequence = SequenceSpace(alphabet, bound: 3).sequence(at: Int(first.seed))
    #expect(
      sequence == [
        .begin(client: 0), .write(client: 0, range: 0), .commit(client: 0, flush: true),
      ])
    let kind = try #require(first.findings.first?.violation?.kind)
    #expect(first.findings.contains { $0.violation?.kind == .lostCommit })
    // Its reproducer holds the operations, and shows the failure again.
    let id = try #require(first.findings.first?.id)
    let path = folder.appending("three/failures/\(id)/reproducer.json")
    let reproducer = try Reproducer.read(path)
    #expect(reproducer.operations == Workload(sequence, alphabet).operations)
    #expect(three.recording.output.contains("replay \(path)"))
    #expect(try folder.read("three/failures/\(id)/report.txt").contains("  3. client 0 commits with flush"))
    let recording = RecordedConsole()
    let status = await TortureCommand.replay(path, console: recording.console, launch: try commandLaunch())
    #expect(status == .violation)
    #expect(recording.output.hasSuffix("The failure is there: \(kind.rawValue)\n"))
  }

  @Test func aTrapCostsItsSequenceAlone() async throws {
    let scenario = try ExhaustSamples.scenario(description: "trap 5 20; kill 7")
    let run = try await run(scenario, "trapped", bound: 4, launch: try fixtureLaunch())
    #expect(run.status == .violation)
    #expect(run.progress.next == 55)
    #expect(run.progress.told.map(\.seed) == [5, 7, 20])
    #expect(run.progress.told.map(\.verdict) == [.trapped, .failed, .trapped])
    #expect(run.progress.total.trapped == 2)
    #expect(run.progress.total.cases == 55)
    let signal = try #require(run.progress.told[0].findings.first?.trap?.signal)
    let path = folder.appending("trapped/failures/tiny-5-\(signal)/reproducer.json")
    let alphabet = try LRVMSystem.alphabet(of: scenario)
    #expect(
      try Reproducer.read(path).operations
        == Workload(SequenceSpace(alphabet, bound: 4).sequence(at: 5), alphabet).operations)
  }

  @Test func whatCannotBeGoneOnWithIsRefused() async throws {
    let scenario = try ExhaustSamples.scenario()
    _ = try await run(scenario, "here", bound: 3)
    var other = scenario
    other.crash.statesPerPoint = 5
    for (scenario, bound, words) in [
      (other, 3, "has other options there"), (scenario, 2, "of up to 3 operations, not 2"),
    ] {
      let run = try await run(scenario, "here", bound: bound, change: { $0.isResumed = true })
      #expect(run.status == .usage)
      #expect(run.recording.status.contains(words))
    }
    var options = ExhaustOptions()
    options.isResumed = true
    options.out = folder.appending("nowhere")
    let recording = RecordedConsole()
    let status = await TortureCommand.exhaust(
      folder.path.appending("tiny.yaml").string, options, console: recording.console,
      launch: try commandLaunch(),
      isInterrupted: { false })
    #expect(status == .usage)
    #expect(recording.status.contains("cannot go on from '\(options.out)/exhaust.json'"))
  }

  @Test func theReportFolderOfAnEarlierRunIsReplaced() async throws {
    let scenario = try ExhaustSamples.scenario(sabotage: "{drop: sync, file: log}")
    _ = try await run(scenario, "again", bound: 3)
    let clean = try await run(try ExhaustSamples.scenario(), "again", bound: 1)
    #expect(clean.status == .success)
    #expect(clean.progress.next == 2)
    #expect(try FileTree.type(of: folder.path.appending("again/failures")) == nil)
    #expect(try folder.read("again/results.jsonl").isEmpty)
  }

  @Test func theShippedBasesRead() throws {
    let paths = try Samples.shipped("scenarios/exhaust")
    #expect(paths.contains { $0.hasSuffix(ExhaustOptions.scenarioDefault) })
    for path in paths {
      let scenario = try Samples.load(path)
      #expect(path.hasSuffix("/\(scenario.name).yaml"))
      #expect(try TextFile.read(FilePath(path)).hasPrefix("# "))
      #expect(SequenceSpace(try LRVMSystem.alphabet(of: scenario), bound: 6).count == 596)
    }
  }
}
