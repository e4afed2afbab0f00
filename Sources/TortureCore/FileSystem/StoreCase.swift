import FaultFS

/// A case whose store runs on a file system of the kernel, above a disk that loses power.
///
/// The store runs as it would on any machine, in a process of its own, on real files. What reaches the disk is the kernel's business, and so is
/// what its file system makes of a disk that has lost power. The harness records the blocks, chooses what is left of them,
/// and holds the store to what it had promised, by the oracle of all other cases.
///
/// The kernel writes back when it likes: a recording differs from the next one. So a failure is found again by its violation, and not
/// by its blocks.
package final class StoreCase {
  private let host: any FileSystemHost.Type
  let runs: RememberedRuns

  /// Nil where the case's store is on FaultFS itself, or is a program.
  init?(_ scenario: Scenario, isProgram: Bool) {
    guard scenario.disk.fileSystem != .none, !isProgram, let host = Systems.known.fileSystemHost else {
      return nil
    }
    self.host = host
    runs = RememberedRuns(host.recoveryMemory())
  }

  /// Runs the workload once.
  func record(_ testCase: TestCase) -> Recording {
    var recording = Recording(disk: FaultDisk(profile: testCase.profile))
    let task = StoreTask(
      scenario: testCase.scenario, seed: testCase.seed, operations: testCase.workload.operations,
      part: .workload)
    do {
      let output = try host.record(task, on: recording.disk)
      note(output.lines, testCase.workload.operations, &recording)
      if let failure = output.failure {
        recording.violation = Violation(
          .operationFailed, "Without any crash, the process of the store \(failure)")
      }
    } catch {
      recording.problem = error.description
    }
    return recording
  }

  private func note(_ lines: [AcknowledgedLine], _ operations: [Operation], _ recording: inout Recording) {
    var commits = 0
    for line in lines {
      let position = line.operationCount
      let step = recording.steps.count - 1
      switch StoreTask.Line(line.text) {
      case .created: recording.created = position
      case .begins where step + 1 < operations.count:
        let operation = operations[step + 1]
        recording.steps.append(Recording.Step(operation: operation, start: position, end: position))
        if operation.isCommit {
          commits += 1
          recording.history.noteAttempt(commit: commits, position: position)
        }
      case .returned(let last) where step >= 0:
        recording.steps[step].end = position
        if let last { recording.history.notePromise(upTo: max(0, commits - last), position: position) }
      case .mark(let name, let count): recording.marks[name, default: 0] += count
      default: break
      }
    }
    // What was under way when its process ended.
    if let last = recording.steps.indices.last { recording.steps[last].end = recording.disk.operationCount }
  }

  /// What a recovery showed.
  struct Recovered {
    var images: [[UInt8]] = []
    var isFixpoint = true
    var marks: [String: Int] = [:]
    /// How it failed, in words that follow "the process of the store"; nil where it did not.
    var failure: String?
  }

  /// Recovers what a crash left; nil where the run counts for nothing, since it did something else than before.
  func recover(_ disk: FaultDisk, _ testCase: TestCase, completesCreation: Bool) -> Recovered? {
    let task = StoreTask(
      scenario: testCase.scenario, seed: testCase.seed, operations: [],
      part: .recovery(completesCreation: completesCreation))
    let hadDiverged = runs.divergence != nil
    let run: CheckerRun
    do {
      run = try host.recover(task, on: disk, remembering: runs.present)
    } catch {
      fatalError("a store that could be run before cannot be run now: \(error)")
    }
    if runs.divergence != nil && !hadDiverged { return nil }
    var recovered = Recovered(failure: run.failure)
    for line in run.output.split(separator: "\n") {
      switch StoreTask.Line(String(line)) {
      case .segment(let bytes): recovered.images.append(bytes)
      case .again(let isSame): recovered.isFixpoint = isSame
      case .mark(let name, let count): recovered.marks[name] = count
      default: break
      }
    }
    return recovered
  }
}
