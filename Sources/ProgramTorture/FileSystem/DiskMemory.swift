import FaultFS
import FaultMount
import KernelDisk
import TortureCore

/// What is known of runs below a file system of the kernel, by the sectors that they read.
final class DiskMemory: CheckerMemory {
  /// By what runs are given besides the disk.
  private var looks: [[String]: DiskLooks<ProgramRun>] = [:]
  private(set) var divergence: String?

  /// What a run comes to, executed only where it would read something new.
  func run(
    given lines: [String], on volume: FaultVolume,
    _ execute: ((any DataWatcher)?) throws(ProgramProblem) -> ProgramRun
  ) throws(ProgramProblem) -> ProgramRun {
    let looks = looks[lines] ?? DiskLooks()
    self.looks[lines] = looks
    let run = try looks.outcome(of: volume) { watcher throws(ProgramProblem) in
      var run = try execute(watcher)
      // What it took, and where its lines are among the calls, is not what it came to.
      run.processorNanoseconds = 0
      for place in run.lines.indices { run.lines[place].operationCount = 0 }
      return run
    } lasts: { run in
      run.ending != .timeLimit && run.ending != .outputLimit
    }
    if looks.otherwiseCount > 0 {
      divergence = "what a crash left was recovered and looked at twice, and came to something else"
    }
    return run
  }
}

extension KernelFileSystem {
  /// What is mounted in a scenario; nil for none.
  static func of(_ scenario: Scenario) throws(ProgramProblem) -> KernelFileSystem? {
    let name = scenario.disk.fileSystem
    if name == .none { return nil }
    guard let fileSystem = all.first(where: { $0.name == name.rawValue }) else {
      fatalError("the scenario table allows the file system '\(name.rawValue)', which is not known")
    }
    if let obstacle = fileSystem.obstacle {
      throw ProgramProblem("\(name.rawValue) cannot be mounted here: \(obstacle)")
    }
    return fileSystem
  }
}
