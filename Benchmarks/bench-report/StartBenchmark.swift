import ArgumentParser
import FoundationEssentials
import Subprocess
import SystemPackage

/// A campaign of one small case, from the start of the command to its end: the first case begins before that.
struct StartBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "start", abstract: "Measures how long a campaign of one small case takes from start to end.")

  @Option(help: "The command.")
  var command = ".build/release/lrvm-torture"

  @Option(help: "How often.")
  var rounds = 20

  @Option(help: "A new folder for the reports.")
  var out: String

  private static let scenario = """
    name: small
    segments: [{ name: accounts, length: 4096 }]
    workload: { kind: bank, transactions: 1, objects: 8 }
    crash: { points: { sample: 1 }, states_per_point: 1, recovery_depth: 0, goes_on_transactions: 0 }
    faults: none

    """

  func run() async throws {
    try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: false)
    let scenario = out + "/small.yaml"
    try Self.scenario.write(toFile: scenario, atomically: true, encoding: .utf8)
    let clock = ContinuousClock()
    var milliseconds: [Double] = []
    for _ in 0..<rounds {
      let begin = clock.now
      let result = try await Subprocess.run(
        .path(FilePath(command)),
        arguments: ["run", scenario, "--seed", "1", "--jobs", "1", "--quiet", "--out", out + "/report"],
        output: .discarded, error: .discarded)
      guard result.terminationStatus.isSuccess else {
        throw ValidationError("\(command) ended with \(result.terminationStatus)")
      }
      milliseconds.append((clock.now - begin) / .milliseconds(1))
    }
    milliseconds.sort()
    print(
      "one small case from start to end, \(rounds) times: \(decimal(milliseconds[rounds / 2])) ms in the middle, "
        + "\(decimal(milliseconds[0])) to \(decimal(milliseconds[rounds - 1])) ms")
  }
}
