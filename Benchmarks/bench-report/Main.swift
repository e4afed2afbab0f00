import ArgumentParser
import LRVMTorture
import SQLiteStore
import TortureCampaign
import TortureCore
import TortureTool
import TortureViews

/// What campaigns cost beside the work of their cases: `make bench-report`.
@main
struct BenchReport: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-report", abstract: "Measures what campaigns, merging and reports cost.",
    subcommands: [
      CampaignBenchmark.self, MergeBenchmark.self, OverheadBenchmark.self, StartBenchmark.self,
      BenchWorker.self,
    ])

  static func main() async {
    Systems.register(["lrvm": LRVMSystem.self, "sqlite": SQLiteSystem.self])
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      exit(withError: error)
    }
  }
}

/// This program as a worker: of made-up cases, or of real ones.
struct BenchWorker: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "worker", shouldDisplay: false)

  @Option var trapReport: String?
  @Option var caseLimit = 0
  @Option var memoryLimit = 0
  @Option var findingEvery: Int?

  func run() throws {
    let status = TortureCommand.worker(
      trapReportPath: trapReport, caseLimitSeconds: caseLimit, memoryLimitBytes: memoryLimit,
      tasks: findingEvery.map { SyntheticCases.tasks(findingEvery: $0) } ?? .standard,
      console: .standard(environment: [:]))
    throw ExitCode(status.rawValue)
  }
}
