package import ArgumentParser
import FaultFS
import FoundationEssentials
import TortureCampaign
import TortureCore
import TortureTool
import TortureViews

package struct RunProgramCommand: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "run-program", abstract: "Tortures any program, without a scenario file.",
    discussion: """
      /bin/sh runs each line, with the store's directory in $STORE. The workload prints a line for each thing that it \
      has acknowledged, at once and unbuffered; the check prints what the store holds. The working directory is the \
      current one.
      """)

  @Option(help: ArgumentHelp("Makes the store, durably. (default: nothing)", valueName: "line"))
  var setup = ""

  @Option(help: ArgumentHelp("Uses the store.", valueName: "line"))
  var workload: String

  @Option(help: ArgumentHelp("Opens the store after a crash, and prints what it holds.", valueName: "line"))
  var check: String

  @Option(
    help: "What a printed line means: \(ProgramPromise.allCases.map(\.rawValue).joined(separator: ", ")).")
  var promise = ProgramPromise.durable.rawValue

  @Option(help: "What a crash may do to the disk: a profile of docs/fault-model.md.")
  var profile = Profile.posix.name

  @Option(help: "How crash states are chosen: exhaustive, bounded or sampled.")
  var exploration = "exhaustive"

  @Option(
    help: ArgumentHelp(
      "How many executions an exhaustive exploration may take at a crash point; bounded states follow.",
      valueName: "number"))
  var executionsPerPoint = 200

  @Option(help: "How many crashes of the check follow one another.")
  var recoveryDepth = 1

  @Option(help: ArgumentHelp("The name in the report.", valueName: "name"))
  var name = "program"

  @Option(
    help: ArgumentHelp("The report's folder; an earlier report in it is replaced.", valueName: "folder"),
    completion: .directory)
  var out = CampaignOptions.outDefault

  @Option(
    help: ArgumentHelp(
      "How many checkers run in parallel; they share everything but the store. (default: 1)",
      valueName: "number"))
  var jobs = 1

  @Flag(help: "Leave the failures as they were found.")
  var noShrink = false

  package init() {}

  package func validate() throws {
    if !(1...512).contains(jobs) { throw ValidationError("--jobs \(jobs): expected a number from 1 to 512.") }
  }

  package func run() async throws {
    let scenario: Scenario
    do {
      scenario = try self.scenario()
    } catch {
      try MountText.fail(error)
    }
    var options = CampaignOptions()
    options.environment = ProcessInfo.processInfo.environment
    options.jobs = jobs
    // Each of the program's runs has a limit of its own, and the case is all that there is.
    options.caseLimit = TimeLimit("24h")
    options.out = out
    options.shrinkLimit = noShrink ? nil : TimeLimit.shrinkDefault
    options.program = CommandLine.arguments.first ?? options.program
    let status = await TortureCommand.run(scenario, options, console: .standard)
    if status != .success { throw ExitCode(status.rawValue) }
  }

  /// What a scenario file with these lines would say.
  private func scenario() throws(ScenarioProblems) -> Scenario {
    let text = ScenarioText(
      name: name, program: .init(setup: setup, workload: workload, check: check, promise: promise),
      disk: .init(profile: profile),
      crash: .init(
        exploration: exploration, recovery_depth: recoveryDepth, executions_per_point: executionsPerPoint),
      seeds: .init(count: 1))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
    do {
      return try ScenarioReader.read([UInt8](try encoder.encode(text)), file: "the command line")
    } catch let problems as ScenarioProblems {
      throw problems
    } catch {
      fatalError("options cannot be written as JSON: \(error)")
    }
  }

  /// The keys of a scenario file.
  private struct ScenarioText: Encodable {
    struct Program: Encodable { var setup, workload, check, promise: String }
    struct Disk: Encodable { var profile: String }
    struct Crash: Encodable {
      var exploration: String
      var recovery_depth: Int
      var executions_per_point: Int
    }
    struct Seeds: Encodable { var count: Int }
    var name: String
    var program: Program
    var disk: Disk
    var crash: Crash
    var seeds: Seeds
  }
}
