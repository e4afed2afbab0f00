import ArgumentParser
import Foundation
import KernelDisk
import KernelLitmus

/// Holds the profiles against the file systems of the running kernel. `make litmus` runs it.
@main struct LitmusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "litmus",
    abstract: "Compares what crashes leave of this kernel's file systems with what the profiles allow.",
    discussion: """
      Needs root, loop devices, and mkfs of each file system; what is missing is named and left out. Exits with 1 where something \
      was seen that a profile does not allow and the catalog does not know.
      """)

  @Option(help: ArgumentHelp("The litmus tests.", valueName: "file"))
  var catalog = "litmus/catalog.yaml"

  @Option(help: ArgumentHelp("A file system to test; may be repeated. (default: all)", valueName: "name"))
  var fileSystem: [String] = []

  @Option(help: ArgumentHelp("A test to run; may be repeated. (default: all)", valueName: "name"))
  var test: [String] = []

  @Option(
    help: ArgumentHelp("How many crash states are looked at, at each crash point.", valueName: "number"))
  var statesMax = 24

  @Flag(help: "Mount each crash state, also where its sectors were seen before.")
  var withoutMemory = false

  @Option(help: ArgumentHelp("How many processes share the work.", valueName: "number"))
  var jobs = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: ArgumentHelp("Where the results go, as JSON.", valueName: "file"))
  var out = "reports/litmus.json"

  @Option(
    help: ArgumentHelp(
      "Take what was seen from the results of an earlier run, and count only what is allowed anew: after a change of a profile.",
      valueName: "file"))
  var seen: String?

  @Option(help: ArgumentHelp("A document to write.", valueName: "file"))
  var document: String?

  @Option(
    help: ArgumentHelp("Where the file systems are mounted, for nobody else to see.", visibility: .hidden))
  var at = KernelStage.usualDirectory

  @Option(help: ArgumentHelp("Only this part of the work, of this many.", visibility: .hidden))
  var part: LitmusPart?

  func validate() throws {
    if statesMax < 2 { throw ValidationError("--states-max: expected at least 2, found \(statesMax)") }
    if jobs < 1 { throw ValidationError("--jobs: expected at least 1, found \(jobs)") }
    let known = KernelFileSystem.all.map(\.name)
    for name in fileSystem where !known.contains(name) {
      throw ValidationError(
        "--file-system: expected one of \(known.joined(separator: ", ")), found '\(name)'")
    }
  }

  func run() throws {
    if let part {
      try LitmusResults(doing: part, for: self).write(to: out)
      return
    }
    let clock = ContinuousClock()
    let start = clock.now
    let results: LitmusResults
    if let seen {
      results = try LitmusResults(seenIn: seen, for: self)
    } else {
      results = try LitmusResults(dividing: jobs, for: self)
    }
    try results.write(to: out)
    if let document { try results.writeDocument(to: document) }
    results.summarize(duration: clock.now - start)
    if results.hasUnknownDefects { throw ExitCode(1) }
  }

  /// The file systems that are tested and can be.
  var fileSystems: [KernelFileSystem] {
    KernelFileSystem.all.filter { fileSystem.isEmpty || fileSystem.contains($0.name) }
  }

  /// The tests that are run.
  func tests() throws -> [LitmusTest] {
    let all = try LitmusCatalog(file: catalog).tests
    for name in test where !all.contains(where: { $0.name == name }) {
      throw ValidationError("--test: there is no test '\(name)' in '\(catalog)'")
    }
    return all.filter { test.isEmpty || test.contains($0.name) }
  }
}

/// `1/2`: the first of two parts.
struct LitmusPart: ExpressibleByArgument {
  var number: Int
  var count: Int

  init?(argument: String) {
    let numbers = argument.split(separator: "/").compactMap { Int($0) }
    guard numbers.count == 2, (1...max(1, numbers[1])).contains(numbers[0]) else { return nil }
    (number, count) = (numbers[0], numbers[1])
  }
}
