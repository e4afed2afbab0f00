import ArgumentParser
import TortureCampaign
import TortureTool
import TortureViews

/// A campaign whose cases do nothing: what is left is what isolation and books cost.
struct CampaignBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "campaign", abstract: "Runs a campaign of cases that take no time.")

  @Option(help: "How many cases.")
  var cases = 1_000_000

  @Option(help: "How many workers.")
  var jobs = 2

  @OptionGroup var bench: BenchOptions

  func run() async throws {
    let scenario = try bench.makeFolder()
    var options = CampaignOptions()
    options.seeds = SeedSelection(first: 0, runs: cases)
    options.jobs = jobs
    options.out = bench.out + "/report"
    let clock = ContinuousClock()
    let begin = clock.now
    let status = await TortureCommand.run(
      [scenario], options, detail: .quiet, console: .standard(environment: [:]), launch: try bench.launch(),
      isInterrupted: { false })
    let seconds = (clock.now - begin) / .seconds(1)
    print(
      "\(cases) cases in \(Int(seconds)) s, \(Int(seconds * 1e6 / Double(cases))) us a case; status \(status.rawValue); "
        + "most memory \(Usage.peakMiB) MiB")
    for name in ["results.jsonl", "summary.json", "report.html"] {
      print("\(name): \(try bench.sizeKiB("report/\(name)")) KiB")
    }
  }
}
