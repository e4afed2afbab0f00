import ArgumentParser
import TortureCampaign
import TortureCore
import TortureTool
import TortureViews

/// The same cases in this process, one after the other, and as a campaign: what worker processes, messages, books and
/// reports cost. In processor time, which others on the machine disturb least.
struct OverheadBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "overhead", abstract: "Compares a campaign with its cases alone.")

  @Argument(help: "Scenario files and folders.")
  var scenarios = ["scenarios"]

  @Option(help: "How many cases of each scenario.")
  var runs = 1

  @Option(help: "How often both are measured, in turn.")
  var rounds = 2

  @Option(help: "The report's folder; an earlier report in it is replaced.")
  var out: String

  func run() async throws {
    var options = CampaignOptions()
    options.seeds = SeedSelection(first: 1, runs: runs)
    options.jobs = 1
    options.out = out
    let launch = try WorkerLaunch.ownExecutable()
    let known = try ScenarioList.read(scenarios)
    var alone = 0.0
    var campaign = 0.0
    var states = 0
    for _ in 0..<rounds {
      var begin = Usage.processorSeconds
      states = 0
      for scenario in known {
        for index in 0..<runs {
          states += CaseRunner.run(scenario, seed: options.seeds.seeds(scenario)[index]).crashStates
        }
      }
      alone += Usage.processorSeconds - begin
      begin = Usage.processorSeconds
      let status = await TortureCommand.run(
        scenarios, options, detail: .quiet, console: .standard(environment: [:]), launch: launch,
        isInterrupted: { false })
      campaign += Usage.processorSeconds - begin
      guard status == .success else { throw ExitCode(status.rawValue) }
    }
    let total = Double(states * rounds)
    print(
      "\(known.count * runs) cases, \(states) crash states, \(rounds) times: alone \(Int(total / alone)) states/s of processor "
        + "time, as a campaign \(Int(total / campaign)); isolation and reporting cost "
        + "\(decimal((campaign / alone - 1) * 100)) %")
  }
}
