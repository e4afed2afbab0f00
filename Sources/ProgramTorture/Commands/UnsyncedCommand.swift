package import ArgumentParser
import FaultFS
import FaultMount
import FoundationEssentials
import TextFiles
import TortureCore
import TortureTool
import TortureViews

package struct UnsyncedCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "unsynced",
    abstract:
      "Prints what a power cut could take away: from a mount now, or from a program at each line it prints.",
    discussion: """
      One line for each part that is not durable, with the calls that made it. For a program's scenario, the workload \
      runs once, and once more for the call stacks of these calls; no crash state is tried.
      """)

  @Argument(help: "The directory of a mount, or the scenario of a program.", completion: .file())
  var path: String

  @Flag(help: "As JSON.")
  var json = false

  package init() {}

  package func run() throws {
    var isDirectory = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), !isDirectory {
      return try tell(ofScenario: path)
    }
    guard case .unsynced(let parts) = try MountText.ask(.unsynced, path) else { return }
    if json { return try MountText.sayJSON(parts) }
    MountText.say(parts.map(MountText.line))
  }

  private func tell(ofScenario path: String) throws {
    let report: UnsyncedReport
    do {
      report = try UnsyncedReport(of: ScenarioReader.load(path))
    } catch let problems as ScenarioProblems {
      try MountText.fail(problems)
    } catch let problem as ProgramProblem {
      try MountText.fail(problem)
    }
    if json { return try MountText.sayJSON(report) }
    for moment in report.moments {
      MountText.say(["after '\(moment.line)': \(moment.parts.isEmpty ? "all is durable" : "not durable")"])
      MountText.say(moment.parts.map { "  " + MountText.line($0) })
    }
    if let missing = report.missingStacks { MountText.say([missing.text]) }
    for stack in report.callsByStack {
      let calls = stack.calls.map(String.init).joined(separator: ", ")
      MountText.say(
        ["\(stack.calls.count == 1 ? "call" : "calls") \(calls), from:"] + stack.frames.map { "  \($0.text)" }
      )
    }
  }
}
