import CallStack
package import FaultFS

/// Why a run of a program has no call stacks, or not all.
package enum MissingStacks: Error, Codable, Hashable, Sendable {
  /// This system does not allow it.
  case refused(reason: String)
  /// The traced run did not get through.
  case failed(reason: String)
  /// It made other calls than the run without tracing, from this one on.
  case differs(number: Int)
  /// The same of a run of the checker.
  case checkDiffers(number: Int)
}

/// The call stacks of a program's storage calls: of a run that is traced, and whose calls are matched with those of the run that is
/// judged by their order.
///
/// Tracing makes a program slower, and so may change what its threads do. What is judged is therefore the run without, and where
/// the traced one differs from it there are no stacks.
package struct ProgramStacks {
  private var stacks: [TracedStack?] = []
  /// What the traced run did.
  private var operations: [FaultFS.Operation] = []
  package private(set) var missing: MissingStacks?

  /// Runs the workload once more.
  ///
  /// - Parameter recording: the timeline of the run without tracing.
  package init(
    ofWorkload program: any ProgramUnderTest.Type, for scenario: Scenario, faults: [Fault],
    like recording: Timeline
  ) {
    let trace = ProgramTrace()
    let disk = FaultDisk(profile: scenario.disk.model)
    do {
      _ = try program.record(on: disk, for: scenario, faults: faults, trace: trace) { _ in }
    } catch {
      missing = .failed(reason: error.description)
      return
    }
    take(trace, disk.timeline)
    keepThose(of: recording.operations) { .differs(number: $0) }
  }

  /// Runs the checker on a disk that is thrown away afterwards, before it runs on the same state without tracing.
  ///
  /// - Parameter run: what runs it.
  package init(ofCheckerOn disk: FaultDisk, _ run: (ProgramTrace) -> Void) {
    let trace = ProgramTrace()
    run(trace)
    take(trace, disk.timeline)
  }

  /// Keeps the stacks of what the run without tracing did as well.
  package mutating func keepThose(ofChecker recording: Timeline) {
    keepThose(of: recording.operations) { .checkDiffers(number: $0) }
  }

  private mutating func take(_ trace: ProgramTrace, _ timeline: Timeline) {
    missing = trace.refusal.map { .refused(reason: $0) }
    stacks = trace.stacks
    operations = timeline.operations
  }

  private mutating func keepThose(of recording: [FaultFS.Operation], _ differs: (Int) -> MissingStacks) {
    guard missing == nil, let number = Self.firstDifference(operations, recording) else { return }
    missing = differs(number)
    stacks = Array(stacks.prefix(number))
  }

  /// The program's frames at a call, innermost first; those of the C library only where there are no others.
  package func frames(ofCall number: Int) -> [StackFrame] {
    guard stacks.indices.contains(number), let stack = stacks[number] else { return [] }
    let frames = stack.frames.map(StackFrame.init(ofProgram:))
    let own = frames.filter { $0.layer == .store }
    if !own.isEmpty { return own }
    return frames.map { frame in
      var frame = frame
      frame.layer = .store
      return frame
    }
  }

  /// The first call in which two runs differ. Names that a program draws at random are not the same; they must be that of
  /// the same file each time.
  static func firstDifference(_ one: [FaultFS.Operation], _ other: [FaultFS.Operation]) -> Int? {
    var renamed: [String: String] = [:]
    let names = one.map(names(of:))
    let otherNames = other.map(names(of:))
    let (all, allOther) = (Set(names.joined()), Set(otherNames.joined()))
    for (number, (call, otherCall)) in zip(one, other).enumerated() {
      guard call.kind == otherCall.kind, call.offset == otherCall.offset, call.length == otherCall.length,
        names[number].count == otherNames[number].count
      else { return number }
      for (name, otherName) in zip(names[number], otherNames[number]) where name != otherName {
        if all.contains(otherName) || allOther.contains(name) { return number }
        if renamed.updateValue(otherName, forKey: name) ?? otherName != otherName { return number }
      }
    }
    return one.count == other.count ? nil : min(one.count, other.count)
  }

  private static func names(of call: FaultFS.Operation) -> [String] {
    [call.name] + (call.newName.map { [$0] } ?? [])
  }
}
