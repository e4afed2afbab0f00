package import FaultFS
import FaultMount
import Foundation
import KernelDisk
import TextFiles
package import TortureCore

extension ProgramSystem: FileSystemHost {
  package static func record(_ task: StoreTask, on disk: FaultDisk) throws(ProgramProblem) -> WorkloadOutput {
    let fileSystem = try fileSystem(of: task)
    let stage = try ProgramStage.shared()
    let volume = stage.volume(on: disk)
    try stage.make(fileSystem, on: volume)
    disk.restartRecording()
    let run = try perform(task, on: volume, fileSystem, nil)
    return WorkloadOutput(
      lines: run.lines.map { AcknowledgedLine(text: $0.text, operationCount: $0.operationCount) },
      failure: failure(run), wasCutShort: run.ending == .timeLimit)
  }

  package static func recover(
    _ task: StoreTask, on disk: FaultDisk, remembering memory: (any CheckerMemory)?
  ) throws(ProgramProblem) -> CheckerRun {
    let fileSystem = try fileSystem(of: task)
    let volume = try ProgramStage.shared().volume(on: disk)
    let run: ProgramRun
    if let memory = memory as? DiskMemory {
      run = try memory.run(given: ["\(task.part)"], on: volume) { watcher throws(ProgramProblem) in
        try perform(task, on: volume, fileSystem, watcher)
      }
    } else {
      run = try perform(task, on: volume, fileSystem, nil)
    }
    return CheckerRun(output: run.output, failure: failure(run))
  }

  package static func recoveryMemory() -> any CheckerMemory { DiskMemory() }

  private static func fileSystem(of task: StoreTask) throws(ProgramProblem) -> KernelFileSystem {
    guard let fileSystem = try KernelFileSystem.of(task.scenario) else {
      fatalError("the scenario '\(task.scenario.name)' names no file system")
    }
    return fileSystem
  }

  /// Does the task in a process of its own, on the file system.
  private static func perform(
    _ task: StoreTask, on volume: FaultVolume, _ fileSystem: KernelFileSystem, _ watcher: (any DataWatcher)?
  ) throws(ProgramProblem) -> ProgramRun {
    let stage = try ProgramStage.shared()
    let file = stage.taskFile
    guard let text = try? JSONText.line(task) else {
      fatalError("a task of the scenario '\(task.scenario.name)' has no text")
    }
    try ProgramStage.write(text, to: file.path)
    defer { try? FileManager.default.removeItem(at: file) }
    return try stage.runSelf(
      [StoreTaskCommand.name, file.path, stage.directory], on: volume, fileSystem,
      watcher: watcher)
  }
}
