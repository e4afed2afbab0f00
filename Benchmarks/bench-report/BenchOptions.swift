import ArgumentParser
import FoundationEssentials
import TortureCampaign

/// What the benchmarks with made-up cases take alike.
struct BenchOptions: ParsableArguments {
  @Option(help: "One case in this many finds something; 0 for none.")
  var findingEvery = 1000

  @Option(help: "A new folder for what is written.")
  var out: String

  /// Starts a worker of made-up cases.
  func launch() throws -> WorkerLaunch {
    let own = try WorkerLaunch.ownExecutable()
    return WorkerLaunch(
      executable: own.executable, arguments: ["worker", "--finding-every", "\(findingEvery)"])
  }

  /// Makes the folder, with a scenario for made-up cases in it.
  ///
  /// - Returns: the scenario's path.
  func makeFolder() throws -> String {
    try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: false)
    let scenario = out + "/scenario.yaml"
    try SyntheticCases.scenario.write(toFile: scenario, atomically: true, encoding: .utf8)
    return scenario
  }

  /// The size of a file below the folder, in KiB.
  func sizeKiB(_ name: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: "\(out)/\(name)")
    return (attributes[.size] as? Int ?? 0) >> 10
  }
}
