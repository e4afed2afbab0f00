/// How fast the background thread truncates: as fast as commits fill the log, not as fast as it can.
///
/// A commit waits for what the disk was given before it. So the pages of a truncation go to the disk a few at a time
/// (`WriteBehind`), and so spread that the last goes when half of the log's free space is used: late enough that a commit
/// waits for few of them, and early enough that none waits for space. Where no commits come it goes on all the same, at a
/// moderate speed, since one may come.
///
/// Only the thread waits so. What it does, and in which order, does not depend on it: another driver takes the same steps.
struct TruncationPace {
  /// From where, and up to where, the log is to be freed.
  let head: LogPlace
  let goal: LogPlace
  /// How much of the writing is done, from 0 to 1.
  let share: Double

  /// Whether more is written than commits have used of the space that a log of N sectors has left.
  func isAhead(ofTail tail: LogPlace, recordSectors: Int) -> Bool {
    let free = Double(recordSectors) - Double(goal.position - head.position)
    return Double(tail.position - goal.position) < share * free / 2
  }
}

extension Engine {
  /// How often the thread looks at the log.
  private static let lookNanoseconds = 100_000
  /// After this many looks the next pages go in any case: 4 pages in half a millisecond are 32 MB/s.
  private static let looksMax = 5

  /// Waits while the truncation is ahead of the commits.
  ///
  /// - Parameter portions: how many portions had been given to the disk when it was called before; more are waited for
  ///   only after another one.
  func waitForCommits(_ portions: inout Int) {
    maintenance.lock()
    let started = writeBehind.portions
    let pace = pace
    maintenance.unlock()
    if started == portions { return }
    portions = started
    guard let pace else { return }
    var held = lock()
    held.change { $0.isPacing = true }
    defer { held.change { $0.isPacing = false } }
    for _ in 0..<Self.looksMax {
      let isAhead = held.examine {
        $0.refusal == nil && !$0.isLogFull
          && pace.isAhead(ofTail: $0.tail, recordSectors: shape.recordSectors)
      }
      guard isAhead else { return }
      held.wait(for: .work, nanosecondsMax: Self.lookNanoseconds)
    }
  }

  /// Nil where the truncation is not writing to segments. Under `maintenance`.
  private var pace: TruncationPace? {
    var held = lock()
    let head = held.examine { $0.head }
    switch truncation {
    case .applying(let pass, let goal):
      return TruncationPace(head: head, goal: goal.place, share: pass.shareWritten)
    case .writingPages(let pass):
      guard let oldest = held.value.oldestDirtyPage(), pass.goal.place.position > head.position else {
        return nil
      }
      let done = Double(oldest.since.position - head.position)
      return TruncationPace(
        head: head, goal: pass.goal.place,
        share: min(1, done / Double(pass.goal.place.position - head.position)))
    case .idle, .releasing, .committing:
      return nil
    }
  }
}
