import ProgramTorture
import Testing
import TortureCore

/// One mount serves all cases of a process, so they run one after the other.
@Suite(.serialized) enum ProgramsInThisProcess {}

/// Scenarios of programs that every machine has: a shell, and a `sync` that takes files and directories.
enum Samples {
  static let systems = Systems(["program": ProgramSystem.self])

  static func scenario(
    setup: String = "", workload: String, check: String, promise: String = "durable",
    exploration: String = "exhaustive", recoveryDepth: Int = 1, disk: String = "", program: String = "",
    faults: String = ""
  ) throws -> Scenario {
    func quoted(_ line: String) -> String { "'" + line.replacing("'", with: "''") + "'" }
    let text = """
      name: sample
      program:
        setup: \(setup.isEmpty ? "''" : quoted(setup))
        workload: \(quoted(workload))
        check: \(quoted(check))
        promise: \(promise)
      \(program)
      \(disk)
      \(faults)
      crash: {exploration: \(exploration), recovery_depth: \(recoveryDepth)}
      seeds: {count: 1}
      """
    return try ScenarioReader.read(Array(text.utf8), file: "sample", systems: systems)
  }

  static func testCase(_ scenario: Scenario) -> TestCase {
    TestCase(scenario, seed: 1, system: ProgramSystem.self)
  }

  /// Runs the case.
  static func result(_ scenario: Scenario) -> CaseResult {
    var explorer = Explorer(testCase(scenario))
    explorer.explore()
    return explorer.result
  }

  /// A setting kept in a file, replaced twice in one of the four usual ways.
  enum Writer: String, CaseIterable {
    case inPlace, renamed, syncedAndRenamed, complete

    var workload: String {
      let save =
        switch self {
        case .inPlace: "echo value $n >$STORE/f; sync $STORE/f"
        case .renamed: "echo value $n >$STORE/new; mv $STORE/new $STORE/f"
        case .syncedAndRenamed: "echo value $n >$STORE/new; sync $STORE/new; mv $STORE/new $STORE/f"
        case .complete: "echo value $n >$STORE/new; sync $STORE/new; mv $STORE/new $STORE/f; sync $STORE"
        }
      return "for n in 1 2; do \(save); echo saved $n; done"
    }

    func scenario(promise: String = "durable", exploration: String = "exhaustive", disk: String = "") throws
      -> Scenario
    {
      try Samples.scenario(
        setup: "echo value 0 >$STORE/f", workload: workload, check: "cat $STORE/f", promise: promise,
        exploration: exploration, disk: disk)
    }
  }
}
