import ArgumentParser
import FoundationEssentials
import Glibc
import Torture

/// What campaigns cost beside the work of their cases: `make bench-report`.
@main
struct BenchReport: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-report", abstract: "Measures what campaigns, merging and reports cost.",
    subcommands: [CampaignBenchmark.self, MergeBenchmark.self, BenchWorker.self])
}

/// A campaign whose cases do nothing: what is left is what isolation and books cost.
struct CampaignBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "campaign", abstract: "Runs a campaign of cases that take no time.")

  @Option(help: "How many cases.")
  var cases = 1_000_000

  @Option(help: "How many workers.")
  var jobs = 2

  @Option(help: "One case in so many finds something; 0 for none.")
  var findingEvery = 1000

  @Option(help: "A new folder for the report.")
  var out: String

  func run() async throws {
    let scenario = out + ".yaml"
    try SyntheticCases.scenario.write(toFile: scenario, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: scenario) }
    var options = CampaignOptions()
    options.seeds = SeedSelection(first: 0, runs: cases)
    options.jobs = jobs
    options.out = out
    let clock = ContinuousClock()
    let begin = clock.now
    let own = try WorkerLaunch.ownExecutable()
    let launch = WorkerLaunch(
      executable: own.executable, arguments: ["worker", "--finding-every", "\(findingEvery)"])
    let status = await TortureCommand.run(
      [scenario], options, detail: .quiet, console: .standard(environment: [:]), launch: launch,
      isInterrupted: { false })
    let seconds = (clock.now - begin) / .seconds(1)
    print(
      "\(cases) cases in \(Int(seconds)) s, \(Int(seconds * 1e6 / Double(cases))) us a case; status \(status.rawValue); "
        + "most memory \(Memory.peakMiB()) MiB")
    for name in ["results.jsonl", "summary.json", "report.html"] {
      let attributes = try FileManager.default.attributesOfItem(atPath: "\(out)/\(name)")
      print("\(name): \((attributes[.size] as? Int ?? 0) >> 10) KiB")
    }
  }
}

/// Shards with made-up results, merged.
struct MergeBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Writes shards with made-up results, and merges them.")

  @Option(help: "How many shards.")
  var shards = 1000

  @Option(help: "How many results each has.")
  var results = 10_000

  @Option(help: "One case in so many finds something; 0 for none.")
  var findingEvery = 1000

  @Option(help: "A new folder for the shards and the merged report.")
  var out: String

  func run() async throws {
    try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: false)
    let scenario = out + "/scenario.yaml"
    try SyntheticCases.scenario.write(toFile: scenario, atomically: true, encoding: .utf8)
    let clock = ContinuousClock()
    var begin = clock.now
    let folders = try SyntheticCases.writeShards(
      scenario: scenario, count: shards, results: results, findingEvery: findingEvery, in: out)
    print("\(shards) shards of \(results) results written in \(Int((clock.now - begin) / .seconds(1))) s")
    begin = clock.now
    var options = MergeOptions()
    options.out = out + "/merged"
    let own = try WorkerLaunch.ownExecutable()
    let launch = WorkerLaunch(
      executable: own.executable, arguments: ["worker", "--finding-every", "\(findingEvery)"])
    let before = Memory.peakMiB()
    let status = await TortureCommand.merge(
      folders, options, console: .standard(environment: [:]), launch: launch)
    let attributes = try FileManager.default.attributesOfItem(atPath: options.out + "/results.jsonl")
    let seconds = (clock.now - begin) / .seconds(1)
    print(
      "merged in \(Int(seconds * 10) / 10).\(Int(seconds * 10) % 10) s, status \(status.rawValue): "
        + "\((attributes[.size] as? Int ?? 0) >> 20) MiB of results, most memory \(Memory.peakMiB()) MiB "
        + "(\(before) MiB before)")
  }
}

struct BenchWorker: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "worker", shouldDisplay: false)

  @Option var trapReport: String?
  @Option var caseLimit = 0
  @Option var memoryLimit = 0
  @Option var findingEvery = 0

  func run() throws {
    let every = findingEvery
    let status = TortureCommand.worker(
      trapReportPath: trapReport, caseLimitSeconds: caseLimit, memoryLimitBytes: memoryLimit,
      executor: SyntheticCases.executor(findingEvery: every), console: .standard(environment: [:]))
    throw ExitCode(status.rawValue)
  }
}

enum Memory {
  /// The most memory that this process had at once, in MiB.
  static func peakMiB() -> Int {
    var usage = rusage()
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss >> 10
  }
}
