public import FaultFS
import FaultMount
import Foundation
import KernelDisk
public import TortureCore

/// Any program, as it is, under torture: it runs on a FaultFS that is mounted for it alone (`ProgramMount`).
///
/// A scenario names it by its section `program`.
public final class ProgramSystem: ProgramUnderTest {
  /// What scenarios call it, and its section.
  package static let name = "program"
  private static let section = name

  public static let sections = [
    SystemSection(
      section,
      [
        .text(
          "setup", default: "",
          "A line for /bin/sh that makes the store, as far as it is there before the workload; its result is durable. "
            + "$STORE is the directory to make it in."),
        .text(
          "workload", default: nil,
          "A line for /bin/sh that uses the store and prints a line for each thing that it has acknowledged."),
        .text(
          "check", default: nil,
          "A line for /bin/sh that opens the store after a crash, as the program would, and prints what it holds."
        ),
        .choice(
          "promise", of: ProgramPromise.allCases.map(\.rawValue), default: ProgramPromise.durable.rawValue,
          "durable: what a printed line acknowledges outlives a crash. prefix: the last lines may be lost, never one before "
            + "one that is there. checked: the checker's exit status says; it finds the lines in the file $ACKNOWLEDGED."
        ),
        .text(
          "directory", default: ".", "The working directory, as seen from where this program was started."),
        .integer(
          "time_limit", 1...3_600_000, default: 10_000,
          "How long each of the three may take, in milliseconds."),
        .integer(
          "output_limit", 1...(1 << 26), default: 1 << 20, "How much each of the three may print, in bytes."),
      ],
      "The program under test: three lines for /bin/sh.")
  ]

  public static func problems(of scenario: Scenario) -> [ScenarioConsistency.Problem] {
    var problems: [ScenarioConsistency.Problem] = []
    if scenario.section(section).values["workload"] == nil {
      problems.append(
        .init(path: "", message: "missing key 'program'; expected what to run as workload and check"))
    }
    return problems
  }

  public static func summary(of scenario: Scenario) -> String {
    "program, \(promise(of: scenario).rawValue)"
  }

  public static func promise(of scenario: Scenario) -> ProgramPromise {
    guard let promise = ProgramPromise(rawValue: scenario.section(section).text("promise")) else {
      fatalError("the scenario table allows the promise '\(scenario.section(section).text("promise"))'")
    }
    return promise
  }

  public static func record(
    on disk: FaultDisk, for scenario: Scenario, faults: [Fault], trace: ProgramTrace?,
    served: (FaultVolume) -> Void
  ) throws(ProgramProblem) -> WorkloadOutput {
    let stage = try ProgramStage.shared()
    let volume = stage.volume(on: disk)
    volume.keptBytesMax = keptBytesMax
    let fileSystem = try KernelFileSystem.of(scenario)
    if let fileSystem { try stage.make(fileSystem, on: volume) }
    let setup = scenario.section(section).text("setup")
    if !setup.isEmpty {
      try succeed(
        "setup", try stage.run(setup, as: .setup, on: volume, fileSystem, scenario.section(section)),
        on: volume)
    }
    disk.restartRecording()
    disk.witness = { [unowned disk] in disk.operationCount }
    disk.inject(faults)
    let run = try stage.run(
      scenario.section(section).text("workload"), as: .workload, on: volume, fileSystem,
      scenario.section(section),
      trace: trace, served: { served(volume) })
    if faults.isEmpty {
      try succeed("workload", run, on: volume)
      if disk.operationCount == 0 {
        throw ProgramProblem(
          "the workload changed nothing in $STORE (\(stage.directory)): it must keep its store there")
      }
      if run.lines.isEmpty && promise(of: scenario) == .durable {
        throw ProgramProblem(
          "the workload printed nothing: it must print a line, unbuffered, as soon as it has acknowledged something"
        )
      }
    }
    return WorkloadOutput(
      lines: run.lines.map { AcknowledgedLine(text: $0.text, operationCount: $0.operationCount) },
      failure: failure(run), wasCutShort: run.ending == .timeLimit || run.ending == .outputLimit)
  }

  public static func checkerMemory(for scenario: Scenario) -> any CheckerMemory {
    if scenario.disk.fileSystem != .none { return DiskMemory() }
    // All that a checker is, besides what it sees of the store.
    var checker = scenario.section(section)
    checker.values = checker.values.filter {
      ["check", "directory", "time_limit", "output_limit"].contains($0.key)
    }
    return ProgramStage.memory(of: checker)
  }

  public static func startHelper(for memory: any CheckerMemory, _ body: () -> Void) -> AnyObject? {
    guard let memory = memory as? ProgramMemory else { return nil }
    return ProgramHelper(for: memory) {
      ProgramStage.leaveToParent()
      body()
    }
  }

  public static func check(
    _ disk: FaultDisk, acknowledged: [String], for scenario: Scenario,
    remembering memory: (any CheckerMemory)?, trace: ProgramTrace?, served: (FaultVolume) -> Void
  ) throws(ProgramProblem) -> CheckerRun {
    let stage = try ProgramStage.shared()
    let options = scenario.section(section)
    let volume = stage.volume(on: disk)
    let fileSystem = try KernelFileSystem.of(scenario)
    let lines = promise(of: scenario) == .checked ? acknowledged : nil
    func check(_ watcher: (any DataWatcher)?) throws(ProgramProblem) -> ProgramRun {
      try stage.run(
        options.text("check"), as: .check, on: volume, fileSystem, options, acknowledged: lines,
        memory: memory as? ProgramMemory, watcher: watcher, trace: trace, served: { served(volume) })
    }
    let run: ProgramRun
    if let memory = memory as? DiskMemory {
      run = try memory.run(given: lines ?? [], on: volume, check)
    } else {
      run = try check(nil)
    }
    return CheckerRun(output: run.output, failure: failure(run))
  }

  /// All that a workload writes is kept in memory.
  private static let keptBytesMax = 1 << 30

  private static func succeed(
    _ what: String, _ run: ProgramRun, on volume: FaultVolume
  ) throws(ProgramProblem) {
    if volume.isFull {
      throw ProgramProblem(
        "the \(what) filled the store, where all writes together may take \(keptBytesMax >> 20) MiB: it must write less"
      )
    }
    if let failure = failure(run) { throw ProgramProblem("the \(what) \(failure)") }
    if run.leftoverCount > 0 {
      let leftovers =
        run.leftoverCount == 1
        ? "1 process running, which was" : "\(run.leftoverCount) processes running, which were"
      throw ProgramProblem("the \(what) left \(leftovers) killed; it must wait for what it starts")
    }
  }

  /// How a run failed, in words that follow its name.
  static func failure(_ run: ProgramRun) -> String? {
    let how: String
    switch run.ending {
    case .exited(status: 0): return nil
    case .exited(status: 127): how = "could not be found, or ran something that could not (status 127)"
    case .exited(let status): how = "failed with status \(status)"
    case .killed(let signal): how = "was killed by signal \(signal)"
    case .timeLimit: how = "took longer than time_limit allows and was killed"
    case .outputLimit: how = "printed more than output_limit allows and was killed"
    }
    let errors = run.errors.split(separator: "\n").suffix(3).map { $0.prefix(200) }.joined(separator: "; ")
    return errors.isEmpty ? how : "\(how): \(errors)"
  }
}

extension ProgramMemory: CheckerMemory {}
