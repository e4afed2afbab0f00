import ArgumentParser
import Torture

struct SyncsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "syncs", abstract: "Tells which syncs of a store are never needed.",
    discussion: """
      Leaves out each sync of a clean run by itself and looks for a crash state that is wrong then; what is never needed \
      is left out together at the end. Where not every crash state could be looked at, the answer says so. Faults of a \
      scenario play no part.
      """)

  @Argument(
    help: ArgumentHelp(
      "Scenario files, or folders with scenario files directly in them. Small ones are answered exhaustively.",
      valueName: "path"),
    completion: .file(extensions: ["yaml", "yml"]))
  var paths: [String]

  @Option(help: "Look at exactly this seed: a number, or a commit hash.", transform: RunCommand.seed)
  var seed: UInt64?

  @Option(help: "How many seeds of each scenario.")
  var runs = 1

  @Option(help: "A profile in the place of the scenarios' own.")
  var profile: String?

  @Option(help: "How many runs of the workload and recoveries one sync may take.")
  var executions = SyncAuditOptions().executionsMax

  func validate() throws {
    if executions < 1 { throw ValidationError("--executions \(executions): at least 1 is needed.") }
    if runs < 1 { throw ValidationError("--runs \(runs): at least 1 is needed.") }
    if let profile, DiskOptions.Profile(rawValue: profile) == nil {
      let known = DiskOptions.Profile.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--profile \(profile): there is none of that name; the profiles are \(known).")
    }
  }

  func run() async throws {
    var options = SyncAuditOptions()
    options.seeds = SeedSelection(only: seed, runs: runs)
    options.profile = profile.flatMap(DiskOptions.Profile.init)
    options.executionsMax = executions
    try await TortureCommand.syncs(paths, options, console: .standard).exit()
  }
}
