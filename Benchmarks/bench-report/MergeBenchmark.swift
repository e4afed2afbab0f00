import ArgumentParser
import TortureCampaign
import TortureTool
import TortureViews

/// Shards with made-up results, merged.
struct MergeBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Writes shards with made-up results, and merges them.")

  @Option(help: "How many shards.")
  var shards = 1000

  @Option(help: "How many results each has.")
  var results = 10_000

  @OptionGroup var bench: BenchOptions

  func run() async throws {
    let scenario = try bench.makeFolder()
    let clock = ContinuousClock()
    var begin = clock.now
    let folders = try SyntheticCases.writeShards(
      scenario: scenario, count: shards, results: results, findingEvery: bench.findingEvery, in: bench.out)
    print("\(shards) shards of \(results) results written in \(Int((clock.now - begin) / .seconds(1))) s")
    begin = clock.now
    var options = MergeOptions()
    options.out = bench.out + "/merged"
    let peakBefore = Usage.peakMiB
    let processorBefore = Usage.processorSeconds
    let status = await TortureCommand.merge(
      folders, options, console: .standard(environment: [:]), launch: try bench.launch())
    print(
      "merged in \(decimal((clock.now - begin) / .seconds(1))) s "
        + "(\(decimal(Usage.processorSeconds - processorBefore)) s of processor time), status \(status.rawValue): "
        + "\(try bench.sizeKiB("merged/results.jsonl") >> 10) MiB of results, most memory \(Usage.peakMiB) MiB "
        + "(\(peakBefore) MiB before)")
  }
}
