import ArgumentParser
import Foundation
import LRVMTorture
import TortureCore
import VistaTorture

@main
struct Main: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-explorer",
    abstract: "Measures how fast crash states are recovered and judged, and how that grows with the trace.",
    subcommands: [Measure.self, CrossCheckCommand.self, WorkerCommand.self], defaultSubcommand: Measure.self)
}

extension Systems {
  /// Makes those that are measured the systems of this process.
  static func registerMeasured() {
    register(["lrvm": LRVMSystem.self, "vista": VistaSystem.self, "vista-heap": VistaHeapSystem.self])
  }
}

struct Measure: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Prints a table and writes the figures as JSON.")

  @Option(help: "Where to write the figures.") var out = "reports/bench-explorer.json"
  @Option(help: "How long each measurement takes, in seconds.") var seconds = 0.3
  @Option(help: "How often each is repeated; the median counts.") var repetitions = 7
  @Option(help: "The longest trace whose exploration is timed, in storage operations.") var operationsMax =
    10_000

  func validate() throws {
    if seconds <= 0 { throw ValidationError("'--seconds' is above 0, not \(seconds)") }
    if repetitions < 1 { throw ValidationError("'--repetitions' is at least 1, not \(repetitions)") }
  }

  func run() throws {
    Systems.registerMeasured()
    let benchmark = Benchmark(
      seconds: seconds, repetitions: repetitions,
      operations: [100, 1_000, 10_000].filter { $0 <= operationsMax }, measure: WorkerProcesses.measure)
    let report = try benchmark.run { print($0) }
    let place = URL(filePath: out)
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try report.json().write(to: place)
    print("written to \(out)")
  }
}

/// Not for people: one of the processes that measure at the same time.
struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "worker", shouldDisplay: false)

  @Argument var request: String

  func run() throws {
    let request = try JSONDecoder().decode(Request.self, from: Data(request.utf8))
    Systems.registerMeasured()
    let worker = try Worker(request)
    print("ready")
    fflush(nil)
    guard readLine() != nil else { throw ExitCode(3) }
    FileHandle.standardOutput.write(try JSONEncoder().encode(try worker.measure()))
  }
}
