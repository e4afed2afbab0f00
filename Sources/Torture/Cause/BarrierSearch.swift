import FaultFS
internal import Storage

/// Finds the syncs that are missing: each of which, added to the run at one place, makes the failure disappear from all of
/// its crash states.
///
/// What a sync could have saved is what the crash lost. So for each file and each directory with a loss, a sync
/// of it is added after each operation from the first lost one on, up to the crash; the workload runs again
/// with it, and the failure is hunted for in all of its states. The places where it is not found any more lie between the
/// last operation that the sync has to cover and what must not come before it: that is the pair.
struct BarrierSearch {
  /// What came of it.
  enum Answer {
    case found([MissingBarrier])
    /// Why there is none.
    case none(String)
  }

  /// How many executions the hunt with one added sync may take.
  static let executionsPerPlace = 4000

  private let reproducer: Reproducer
  private let executionsPerPlace: Int
  private let placesMax: Int
  private let target: FailureIdentity
  private let point: Int
  private let timeline: [FaultFS.Operation]
  private let recording: Recording
  private let witness: CaseWitness

  /// The missing syncs for the failure of `reproducer`, which must still be there.
  ///
  /// - Parameters:
  ///   - executionsPerPlace: how many executions the hunt with one added sync may take.
  ///   - placesMax: at how many places a sync of one file or directory is tried.
  static func run(
    _ reproducer: Reproducer, executionsPerPlace: Int = executionsPerPlace, placesMax: Int = .max
  ) -> Answer {
    let finding = reproducer.finding
    guard let violation = finding.violation else {
      return .none("The failure is a trap: no order of writes closes it.")
    }
    guard let crash = finding.crashes.first else {
      return .none("The failure needs no crash: no order of writes closes it.")
    }
    guard finding.faults.isEmpty, finding.recoveryFault == nil else {
      return .none("The failure needs a fault of the disk; a sync that is added would be struck as well.")
    }
    guard finding.crashes.count == 1 else {
      return .none(
        "The failure needs a crash in recovery; only the order within the workload is looked into.")
    }
    return BarrierSearch(reproducer, FailureIdentity(violation), crash, executionsPerPlace, placesMax)
      .answer(crash)
  }

  private init(
    _ reproducer: Reproducer, _ target: FailureIdentity, _ crash: CrashState, _ executionsPerPlace: Int,
    _ placesMax: Int
  ) {
    self.executionsPerPlace = executionsPerPlace
    self.placesMax = placesMax
    witness = CaseWitness()
    let whole = Recording(reproducer.testCase, witness: witness)
    // What comes after the crash has no part in the failure.
    let begun = whole.operations(begunAt: crash.point)
    self.reproducer = reproducer.with(
      operations: Array(reproducer.testCase.workload.operations.prefix(max(begun, 0))))
    self.target = target
    point = crash.point
    timeline = whole.disk.timeline.operations
    recording = whole
  }

  private func answer(_ crash: CrashState) -> Answer {
    let window = CrashWindow(over: recording.disk)
    guard point <= window.lastPoint else { return .none("The run does not arrive at the crash any more.") }
    window.advance(to: point)
    guard window.isLegal(crash) else { return .none("The crash state is not possible any more.") }
    let losses = CrashStory.losses(window, crash)
    if losses.isEmpty {
      return .none(
        "Nothing is lost: the failure is there with everything on the disk, so no order of writes closes it.")
    }
    var subjects: [(subject: Subject, first: Int)] = []
    for loss in losses {
      let subject = Subject(loss.cell)
      if !subjects.contains(where: { $0.subject == subject }) {
        subjects.append((subject, loss.operation.index))
      }
    }
    let found = subjects.compactMap { barrier(for: $0.subject, from: $0.first) }
    return found.isEmpty ? .none("No single sync closes the failure.") : .found(found)
  }

  /// What a sync would cover: a file by its number, or a directory.
  fileprivate enum Subject: Hashable {
    case file(Int)
    case directory(String)

    init(_ cell: Cell) {
      self = cell.file.map { .file($0) } ?? .directory(StorageName.directory(of: cell.name))
    }
  }

  // MARK: Trying

  private func barrier(for subject: Subject, from first: Int) -> MissingBarrier? {
    var positions: ClosedRange<Int>?
    var isProven = true
    for position in (first + 1..<max(point, first + 1) + 1).prefix(placesMax) {
      guard let name = subject.name(after: position, timeline) else { continue }
      let (isClosed, isComplete) = closes(Barrier(position: position, subject: name))
      if isClosed {
        positions = (positions?.lowerBound ?? position)...position
        isProven = isProven && isComplete
      } else if positions != nil {
        break
      }
    }
    guard let positions, let name = subject.name(after: positions.lowerBound, timeline) else { return nil }
    let isDirectory = if case .directory = name { true } else { false }
    return MissingBarrier(
      subject: name.text, isDirectory: isDirectory, first: place(positions.lowerBound - 1),
      second: second(after: positions.upperBound), positions: positions, isProven: isProven)
  }

  private func closes(_ barrier: Barrier) -> (Bool, isComplete: Bool) {
    var hunt = CrashHunt(
      reproducer, target: target, executionsMax: executionsPerPlace, change: .added(barrier))
    return (hunt.search() == nil, hunt.isComplete)
  }

  // MARK: Telling

  private func place(_ index: Int) -> MissingBarrier.Place {
    let operation = timeline[index]
    return MissingBarrier.Place(
      operation: index, action: "storage operation \(index) (\(CrashStory.describe(operation)))",
      stack: operation.witness.map { witness.lines($0) } ?? [])
  }

  /// What comes right after the last place at which the sync helps: the promise that it would be too late for, or the
  /// next operation.
  private func second(after position: Int) -> MissingBarrier.Place {
    if recording.created == position {
      return MissingBarrier.Place(
        operation: nil, action: "the creation of the store has returned", stack: entryStack(position))
    }
    let history = recording.history
    if history.promised(at: position) > history.promised(at: position - 1),
      let step = recording.steps.last(where: { $0.end == position && $0.operation.promises })
    {
      return MissingBarrier.Place(
        operation: nil, action: "\(step.operation) has returned", stack: entryStack(position))
    }
    guard position < timeline.count else {
      return MissingBarrier.Place(operation: nil, action: "the run has ended", stack: [])
    }
    return place(position)
  }

  /// Where the harness called the store in which the last operation before `position` was made: what it returned to.
  private func entryStack(_ position: Int) -> [String] {
    guard let number = timeline[position - 1].witness else { return [] }
    let lines = witness.lines(number)
    let entry = lines.firstIndex { $0.contains("Sources/Torture/") } ?? max(lines.count - 1, 0)
    return Array(lines[max(entry - 1, 0)...])
  }
}

extension BarrierSearch.Subject {
  /// What to sync once `position` operations were made; nil where there is nothing of that name then.
  fileprivate func name(after position: Int, _ timeline: [FaultFS.Operation]) -> Barrier.Subject? {
    guard case .file(let number) = self else {
      if case .directory(let name) = self { return .directory(name) }
      return nil
    }
    var name: String?
    for operation in timeline.prefix(position) {
      switch operation.kind {
      case .create: if operation.file == number { name = operation.name }
      case .rename:
        if operation.file == number {
          name = operation.newName
        } else if operation.newName == name {
          // Another file took its name.
          name = nil
        }
      case .remove: if operation.file == number { name = nil }
      case .write, .truncate, .allocate, .syncData, .syncFull, .syncDirectory: break
      }
    }
    return name.map { .file($0) }
  }
}

extension Barrier.Subject {
  fileprivate var text: String {
    switch self {
    case .file(let name), .directory(let name): name
    }
  }
}
