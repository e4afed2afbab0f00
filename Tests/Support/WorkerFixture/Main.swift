import FaultFS
import Glibc
import LRVMTorture
import TortureCampaign
import TortureCore
import TortureFailures
import TortureTool
import TortureViews

/// A worker for tests of the campaign. It speaks the worker's protocol with the library's own loop, and instead of
/// running a case does what the scenario's description says, for instance `trap 3; violate 2 5`: a behaviour and the
/// seeds that it applies to, or `all`.
@main
enum WorkerFixture {
  static func main() {
    var arguments = Array(CommandLine.arguments.dropFirst())
    func option(_ name: String) -> String? {
      guard let index = arguments.firstIndex(of: name), index + 1 < arguments.count else { return nil }
      defer { arguments.removeSubrange(index...index + 1) }
      return arguments[index + 1]
    }
    let trapReport = option("--trap-report")
    let caseLimit = option("--case-limit").flatMap(Int.init) ?? 0
    let memoryLimit = option("--memory-limit").flatMap(Int.init) ?? 0
    if arguments.contains("--refuse-to-start") {
      Console.standard(environment: [:]).writeStatus("not today\n")
      exit(9)
    }
    Systems.register(["lrvm": LRVMSystem.self])
    let status = TortureCommand.worker(
      trapReportPath: trapReport, caseLimitSeconds: caseLimit,
      memoryLimitBytes: memoryLimit, tasks: tasks, console: .standard(environment: [:]))
    exit(status.rawValue)
  }

  /// Those of the command, some of which do what the scenario's description says.
  private static var tasks: WorkerTasks {
    var tasks = WorkerTasks.standard
    tasks.register(RunTask.self) { task, _ in run(task.scenario, task.seed) }
    tasks.register(SequenceTask.self) { task, memory in
      try task.perform(memory) { scenario, seed, _ in run(scenario, seed) }
    }
    tasks.register(ReplayTask.self) { task, _ in replay(task.reproducer) }
    return tasks
  }

  @Sendable private static func run(_ scenario: Scenario, _ seed: UInt64) -> CaseResult {
    var result = CaseResult(
      scenario: scenario.name, seed: seed, operations: 10, storageOperations: 30, crashPoints: 20,
      crashStates: 100 + Int(seed % 7), recoveryCrashStates: 5, commits: 4,
      digest: String(seed &* 31, radix: 16),
      marks: ["wrapped": Int(seed % 2), "never": 0])
    for behaviour in behaviours(scenario.description, seed) {
      switch behaviour {
      case "violate":
        result.verdict = .violation
        result.violationCount = 2
        result.findings = [finding(scenario, seed, .lostCommit)]
      case "tear":
        result.verdict = .violation
        result.violationCount = 1
        result.findings = [finding(scenario, seed, .tornTransaction)]
      case "trap": trap(seed)
      case "kill": kill(getpid(), SIGKILL)
      case "leave": exit(4)
      case "hang": while true { pause() }
      case "slow": usleep(useconds_t(20_000 * (5 - seed % 5)))
      case "devour": devour(seed)
      case "hoard": hoard(seed)
      case "faint": faint()
      case "print": print("this does not belong here")
      case "differ": result.digest = String(getpid())
      case "impersonate": result.scenario = "somebody-else"
      default: fatalError("the scenario asks for '\(behaviour)', which the fixture does not know")
      }
    }
    return result
  }

  @Sendable private static func replay(_ reproducer: Reproducer) -> Replay {
    let behaviours = behaviours(reproducer.scenario.description, reproducer.seed)
    if behaviours.contains("trap") { trap(reproducer.seed) }
    if behaviours.contains("hoard") { hoard(reproducer.seed) }
    let isThere = behaviours.contains("violate")
    return Replay(
      violation: isThere ? reproducer.finding.violation : nil,
      story: [.violation(Violation(.lostCommit, "Transaction 1 was cut off.\u{1b}[31m"))])
  }

  /// The behaviours that `description` wants for `seed`.
  private static func behaviours(_ description: String, _ seed: UInt64) -> [String] {
    description.split(separator: ";").compactMap { part in
      let words = part.split(separator: " ")
      let isMeant = words.dropFirst().contains { $0 == "all" || UInt64($0) == seed }
      return isMeant ? words.first.map(String.init) : nil
    }
  }

  private static func finding(_ scenario: Scenario, _ seed: UInt64, _ kind: Violation.Kind) -> Finding {
    Finding(
      id: "\(scenario.name)-\(seed)-17-ab", violation: Violation(kind, "Transaction 3 is missing."),
      crashes: [CrashState(point: 17)],
      losses: [
        Loss(
          call: StorageCall(number: 16, kind: .write, name: "log", length: 512), place: .bytes(0..<512))
      ],
      strategy: "one-lost", afterCrashStates: 37)
  }

  /// Lets the process answer, hear nothing more, and die by a signal.
  private static func faint() {
    close(STDIN_FILENO)
    atexit { kill(getpid(), SIGKILL) }
  }

  /// Takes memory without an end, in a function whose name the report must show.
  @inline(never) private static func devour(_ seed: UInt64) {
    var blocks: [[UInt8]] = []
    while true { blocks.append([UInt8](repeating: UInt8(truncatingIfNeeded: seed), count: 1 << 25)) }
  }

  /// Takes half a gibibyte.
  @inline(never) private static func hoard(_ seed: UInt64) {
    _ = [UInt8](repeating: UInt8(truncatingIfNeeded: seed), count: 1 << 29)
  }

  /// Traps in a function whose name the report must show.
  @inline(never) private static func trap(_ seed: UInt64) {
    fatalError("the scenario asks for a trap at seed \(seed)")
  }
}
