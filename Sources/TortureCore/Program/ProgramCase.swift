import FaultFS
import TextFiles

/// A case whose system under test is a program: what it may show after a crash, which its recording says.
///
/// The oracle (output equivalence, after Witcher, SOSP '21): state k is what the checker prints of the store as a process
/// that is killed right after the line number k leaves it; the last state is that of the workload's end. A crash
/// between the lines k and k + 1 may leave the state k or k + 1, or, where lines promise no more than a prefix, an
/// earlier one. A checker that fails, or prints anything else, found a bug.
package final class ProgramCase {
  private let program: any ProgramUnderTest.Type
  private let scenario: Scenario
  private let promise: ProgramPromise
  /// What the checker may print after a crash of the recording that was made last, or that is explored.
  package var states = ProgramStates()
  /// The same without faults, once it was recorded.
  private var statesWithoutFaults: ProgramStates?
  /// What is known of the checker's runs.
  let runs: RememberedRuns
  /// Whether that is so as well where it says what the workload's states are: for a search, which records again and again.
  package var remembersStates = false

  init(_ program: any ProgramUnderTest.Type, _ scenario: Scenario) {
    self.program = program
    self.scenario = scenario
    promise = program.promise(of: scenario)
    runs = RememberedRuns(program.checkerMemory(for: scenario))
  }

  // MARK: Recording

  /// What the program's states are, once it was recorded.
  var oracle: Oracle { states.oracle }

  /// Runs the workload once, and the checker on what a killed process leaves after each of its lines.
  ///
  /// - Parameters:
  ///   - faults: what strikes the disk meanwhile. Then the workload may fail, and what it printed until then is held to what
  ///     the checker prints without faults; where it printed something else, to what the checker prints after it.
  ///   - change: a sync to add to what the workload does.
  ///   - witness: is given the call stacks, for which the workload runs once more.
  func record(_ profile: Profile, faults: [Fault], change: SyncChange?, witness: CaseWitness? = nil)
    -> Recording
  {
    if !faults.isEmpty && statesWithoutFaults == nil {
      let plain = record(profile, faults: [], change: nil)
      if plain.problem != nil { return plain }
    }
    let isBelowFileSystem = scenario.disk.fileSystem != .none
    if isBelowFileSystem && statesWithoutFaults == nil {
      let plain = recordOnFaultFS()
      if plain.problem != nil || plain.violation != nil { return plain }
    }
    let disk = FaultDisk(profile: profile)
    let served = change?.onVolume() ?? { _ in }
    do throws(ProgramProblem) {
      let output = try program.record(on: disk, for: scenario, faults: faults, trace: nil, served: served)
      if let witness {
        witness.addProgramRun(
          witness.tracesPrograms
            ? ProgramStacks(ofWorkload: program, for: scenario, faults: faults, like: disk.timeline) : nil)
      }
      let fired = disk.firedFaults
      let counts = disk.matchingCallCounts
      disk.inject([])
      let window = CrashWindow(over: disk)
      var violation: Violation?
      if !faults.isEmpty || isBelowFileSystem, let known = statesWithoutFaults?.states(of: output.lines) {
        states = known
      } else if isBelowFileSystem {
        throw ProgramProblem(
          "on \(scenario.disk.fileSystem.rawValue) the workload printed other lines than on FaultFS, where what it may show after each was "
            + "found out: it must print the same each time")
      } else {
        let killed = try findStates(after: output.lines, in: window)
        if faults.isEmpty {
          statesWithoutFaults = states
          // With faults the crash point at the end says whether a checker may fail.
          violation = killed
        }
      }
      if output.wasCutShort {
        violation = Violation(
          .operationFailed, "With a fault of its disk, the workload \(output.failure ?? "did not end").")
      }
      var recording = Recording(disk: window.giveBack())
      recording.created = 0
      recording.history = history(output.lines)
      recording.violation = violation
      recording.firedFaults = fired
      recording.matchingCallCounts = counts
      recording.programStates = states
      if output.failure != nil { recording.verdict = .detected }
      return recording
    } catch {
      var recording = Recording(disk: disk)
      recording.problem = error.description
      return recording
    }
  }

  /// Finds out what the store may show, without a file system of the kernel: what a killed process has written is all there on FaultFS,
  /// while the kernel would still hold some of it back from its disk.
  private func recordOnFaultFS() -> Recording {
    var onFaultFS = scenario
    onFaultFS.disk.fileSystem = .none
    let plain = ProgramCase(program, onFaultFS)
    let recording = plain.record(onFaultFS.disk.model, faults: [], change: nil)
    statesWithoutFaults = plain.states
    return recording
  }

  private func history(_ lines: [AcknowledgedLine]) -> History {
    var history = History()
    var position = 0
    for (number, line) in lines.enumerated() {
      history.noteAttempt(commit: number + 1, position: position)
      position = line.operationCount
      if promise != .prefix { history.notePromise(upTo: number + 1, position: position) }
    }
    // What comes after the last line.
    history.noteAttempt(commit: lines.count + 1, position: position)
    return history
  }

  /// Runs the checker on each state.
  ///
  /// - Returns: what is wrong with one, without any crash.
  private func findStates(
    after lines: [AcknowledgedLine], in window: CrashWindow
  ) throws(ProgramProblem) -> Violation? {
    states = ProgramStates(lines: lines)
    var outputs: [String] = []
    var violation: Violation?
    for number in 0...lines.count + 1 {
      let count = number == 0 ? 0 : number > lines.count ? window.lastPoint : lines[number - 1].operationCount
      let run = try killed(after: count, in: window, acknowledged: min(number, lines.count))
      if number == 0, let failure = run.failure {
        throw ProgramProblem(
          "the checker \(failure). It looked at the store as it is before the workload, where it must succeed: see that it is there, "
            + "and that setup makes what it looks at")
      }
      // The first state and the last are looked at twice.
      if number == 0 || number > lines.count {
        let again = try killed(after: count, in: window, acknowledged: min(number, lines.count))
        if let difference = Self.difference(run, again) { throw difference }
      }
      if let failure = run.failure, violation == nil {
        violation = Violation(
          .recoveryFailed,
          "On what a process killed \(states.place(number)) leaves, the checker \(failure)")
      }
      outputs.append(run.output)
    }
    if promise == .durable, violation == nil, !lines.isEmpty, Set(outputs).count == 1 {
      throw ProgramProblem(
        "the checker prints the same before and after each line, so nothing could be missing in it: it must print what the "
          + "store holds; where its exit status says all, the promise is 'checked'")
    }
    states = ProgramStates(lines: lines, outputs: outputs)
    return violation
  }

  /// What the checker says of the disk after the first `count` operations, all of which are there.
  private func killed(
    after count: Int, in window: CrashWindow, acknowledged: Int
  ) throws(ProgramProblem) -> CheckerRun {
    // At a point the operation of its number is in flight, and kept where all is.
    let point = max(0, count - 1)
    if window.point < point { window.advance(to: point) }
    let state = count == 0 ? window.nothingKept : window.everythingKept
    func check(_ memory: (any CheckerMemory)?) throws(ProgramProblem) -> CheckerRun {
      try window.withDisk(showing: state, keepsVersions: false) { disk throws(ProgramProblem) in
        try program.check(
          disk, acknowledged: states.lines.prefix(acknowledged).map(\.text), for: scenario,
          remembering: memory,
          trace: nil, served: { _ in })
      }
    }
    if remembersStates, runs.divergence == nil {
      let run = try check(runs.known)
      if runs.divergence == nil { return run }
    }
    return try check(nil)
  }

  /// Why two runs of the checker on one state are not the same.
  private static func difference(_ one: CheckerRun, _ other: CheckerRun) -> ProgramProblem? {
    if one == other { return nil }
    let lines = zip(
      one.output.split(separator: "\n", omittingEmptySubsequences: false),
      other.output.split(separator: "\n", omittingEmptySubsequences: false))
    let place = lines.first { $0 != $1 }.map { ": first '\($0)', then '\($1)'" } ?? ""
    return ProgramProblem(
      "the checker prints something else each time it looks at the same files\(place): leave out what changes on its own, "
        + "such as times and process numbers, and keep nothing outside of $STORE")
  }

  // MARK: Judging

  /// How a recovery begins: the checker of one that is judged by its exit status gets the lines.
  func root(of terms: Terms) -> Int {
    promise == .checked ? 2 + (terms.bounds?.promised ?? 0) : 1
  }

  /// Starts a copy of this process that runs checkers ahead of it.
  func startHelper(_ body: () -> Void) -> AnyObject? {
    runs.known.flatMap { program.startHelper(for: $0, body) }
  }

  /// Runs the checker on a crash state.
  ///
  /// - Parameters:
  ///   - change: a sync to add to what it does. Then it is executed whatever is known of it.
  ///   - trace: is given the call stacks of what it does.
  ///   - owed: what is owed once it has run, while faults may strike it.
  func recover(
    _ disk: FaultDisk, _ terms: Terms, change: SyncChange?, trace: ProgramTrace?, _ owed: () -> Owed
  ) -> Judge.Outcome {
    let bounds = terms.bounds ?? .exactly(0)
    var outcome = Judge.Outcome()
    // What a checker prints, it promises to nobody: after a crash in it, the same is owed as before.
    outcome.recoveryEnd = Int.max
    let acknowledged = states.lines.prefix(bounds.promised).map(\.text)
    let run: CheckerRun
    let hadDiverged = runs.divergence != nil
    do {
      run = try program.check(
        disk, acknowledged: acknowledged, for: scenario,
        remembering: change == nil && trace == nil ? runs.present : nil, trace: trace,
        served: change?.onVolume() ?? { _ in })
    } catch {
      fatalError("a checker that could be run before cannot be run now: \(error)")
    }
    // What it came to counts for nothing.
    if runs.divergence != nil && !hadDiverged { return outcome }
    judge(run, bounds, owed(), terms, &outcome)
    if outcome.violation != nil { outcome.verdict = .violation }
    return outcome
  }

  private func judge(
    _ run: CheckerRun, _ bounds: Bounds, _ owed: Owed, _ terms: Terms, _ outcome: inout Judge.Outcome
  ) {
    if let failure = run.failure {
      if owed.mayRefuse {
        outcome.verdict = .detected
      } else {
        outcome.violation = Violation(.recoveryFailed, "The checker \(failure)")
      }
      return
    }
    if promise == .checked { return }
    let hash = TextHash.of(run.output)
    outcome.hash = hash
    outcome.prefix = oracle.prefix(
      of: hash, promised: owed.required(of: bounds), attempted: bounds.attempted)
    if let prefix = outcome.prefix {
      if prefix < bounds.promised { outcome.verdict = .atomic }
    } else if owed.mayShowWrongBytes {
      outcome.verdict = .undetectable
    } else {
      outcome.violation = violation(run.output, bounds)
    }
  }

  private func violation(_ output: String, _ bounds: Bounds) -> Violation {
    let expected = states.outputs[bounds.promised]
    let difference = OutputDifference(expected: expected, found: output).text
    if let older = states.outputs[..<bounds.promised].lastIndex(of: output) {
      return Violation(
        .lostCommit,
        "The store is as it was \(states.place(older)), and '\(states.lines[older].text)' had been acknowledged. \(difference)",
        transaction: older + 1)
    }
    return Violation(
      .tornTransaction,
      "The checker prints what no killed process would leave; compared with the store \(states.place(bounds.promised)): "
        + difference)
  }
}
