package import FaultFS

/// Mounts file systems of the kernel above disks of FaultFS, and runs stores on them, each in a process of its own.
///
/// One of the systems of a program that can.
package protocol FileSystemHost: SendableMetatype {
  /// Runs the store's workload on `disk`, an empty one: makes the file system, begins the recording, mounts, and runs the task.
  static func record(_ task: StoreTask, on disk: FaultDisk) throws(ProgramProblem) -> WorkloadOutput

  /// Mounts what a crash left, and recovers the store there.
  ///
  /// - Parameter memory: what is known of earlier recoveries; nil: it is made whatever is known.
  static func recover(
    _ task: StoreTask, on disk: FaultDisk, remembering memory: (any CheckerMemory)?
  ) throws(ProgramProblem) -> CheckerRun

  /// What can be known of recoveries below a file system.
  static func recoveryMemory() -> any CheckerMemory
}

extension Systems {
  /// What mounts file systems here; nil where nothing does.
  package var fileSystemHost: (any FileSystemHost.Type)? {
    for name in names {
      if let host = self[name] as? any FileSystemHost.Type { return host }
    }
    return nil
  }
}

extension ScenarioConsistency {
  /// What cannot be asked of a disk below a file system of the kernel.
  static func fileSystemProblems(_ scenario: Scenario, _ systems: Systems) -> [Problem] {
    let fileSystem = scenario.disk.fileSystem
    if fileSystem == .none { return [] }
    var problems: [Problem] = []
    func refuse(_ path: String, _ message: String) {
      problems.append(Problem(path: path, message: "\(path): \(message)"))
    }
    if systems.fileSystemHost == nil {
      refuse(
        "disk.filesystem",
        "expected none, since this program mounts no file systems, found \(fileSystem.rawValue)")
    }
    if !scenario.faults.kinds.isEmpty {
      refuse(
        "faults.kinds",
        "expected none below a file system of the kernel; 'make litmus' shows what it makes of failed writes")
    }
    if scenario.threads.count > 0 {
      refuse("threads.count", "expected 0, since the harness cannot decide who goes on in another process")
    }
    if scenario.crash.goesOnTransactions > 0 {
      refuse("crash.goes_on_transactions", "expected 0 below a file system of the kernel")
    }
    return problems
  }
}
