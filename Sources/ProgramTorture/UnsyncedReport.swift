import FaultFS
package import FaultMount
package import TortureCore

/// What was not durable when a program printed a line.
package struct UnsyncedMoment: Codable, Hashable, Sendable {
  package var line: String
  package var parts: [UnsyncedPart]
}

/// What was not durable at each line of a program, and where the calls were made whose work that is.
package struct UnsyncedReport: Codable, Hashable, Sendable {
  package var moments: [UnsyncedMoment]
  /// By a call's number, innermost frame first: of those calls that are in `moments` and have a stack.
  package var stacks: [Int: [StackFrame]] = [:]
  /// Why there are no stacks, or not all; nil where there are.
  package var missingStacks: MissingStacks?

  /// The stacks, each once with the calls that were made from there, in the order of their first calls.
  package var callsByStack: [(calls: [Int], frames: [StackFrame])] {
    var calls: [[StackFrame]: [Int]] = [:]
    for (call, frames) in stacks.sorted(by: { $0.key < $1.key }) { calls[frames, default: []].append(call) }
    return calls.map { ($0.value, $0.key) }.sorted { $0.calls[0] < $1.calls[0] }
  }

  enum CodingKeys: String, CodingKey {
    case moments, stacks
    case missingStacks = "missing_stacks"
  }

  /// Runs the workload of a program's scenario once, and once more for the stacks where anything was not durable.
  ///
  /// - Throws: where the scenario is of no program, or the program fails.
  package init(of scenario: Scenario) throws(ProgramProblem) {
    guard scenario.system.name == ProgramSystem.name else {
      throw ProgramProblem(
        "scenario '\(scenario.name)' does not run a program: it has no section '\(ProgramSystem.name)'")
    }
    let disk = FaultDisk(profile: scenario.disk.model)
    let lines = try ProgramSystem.record(on: disk, for: scenario, faults: [], trace: nil) { _ in }.lines
    let window = CrashWindow(over: disk)
    moments = lines.map { line in
      window.advance(to: line.operationCount)
      return UnsyncedMoment(
        line: line.text,
        parts: UnsyncedPart.parts(
          of: window.unsynced, in: window.timeline, sectorLength: window.profile.sectorLength))
    }
    let calls = Set(moments.flatMap { $0.parts.flatMap { $0.calls.map(\.index) } })
    if calls.isEmpty { return }
    let all = ProgramStacks(
      ofWorkload: ProgramSystem.self, for: scenario, faults: [], like: window.timeline)
    missingStacks = all.missing
    for call in calls {
      let frames = all.frames(ofCall: call)
      if !frames.isEmpty { stacks[call] = frames }
    }
  }
}
