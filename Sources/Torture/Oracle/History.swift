/// What a run attempted and what it was promised, and when: the bounds within which a recovered state may lie.
///
/// Time is the disk's operation count. A position p means that the disk had completed operations [0, p). At crash
/// point c, operations [0, c) are complete and operation c is in flight, so a commit call that began at a position
/// up to c may have reached the disk, and an acknowledgement that came at a position up to c is owed.
public struct History: Hashable, Sendable, Codable {
  /// Where commit k was called, at index k - 1.
  private var attempts: [Int] = []
  /// Where a promise of all commits up to one was given; both rise.
  private var promisePositions: [Int] = []
  private var promiseCommits: [Int] = []

  public init() {}

  /// How many commits were called.
  public var commits: Int { attempts.count }

  /// Notes that commit `commit`, counted from 1 in commit order, is called at `position`, flushed or not.
  ///
  /// - Precondition: commits come in order, and positions never fall.
  public mutating func noteAttempt(commit: Int, position: Int) {
    guard commit == attempts.count + 1, position >= attempts.last ?? 0 else {
      fatalError(
        "commit \(commit) at \(position) noted after commit \(attempts.count) at \(attempts.last ?? 0)")
    }
    attempts.append(position)
  }

  /// Notes that at `position` the system under test promised every commit up to `commit` durable: a commit with
  /// flush, a flush, or an orderly close returned.
  ///
  /// - Precondition: the commit was attempted, and positions never fall.
  public mutating func notePromise(upTo commit: Int, position: Int) {
    guard (0...attempts.count).contains(commit), position >= promisePositions.last ?? 0 else {
      fatalError(
        "promise up to commit \(commit) at \(position) noted after \(attempts.count) attempts"
          + " and a promise at \(promisePositions.last ?? 0)")
    }
    guard commit > promiseCommits.last ?? 0 else { return }
    promisePositions.append(position)
    promiseCommits.append(commit)
  }

  /// How many commits may be in the state that a crash at `point` leaves.
  public func attempted(at point: Int) -> Int {
    Self.countUpTo(point, in: attempts)
  }

  /// How many commits must be in the state that a crash at `point` leaves.
  public func promised(at point: Int) -> Int {
    let given = Self.countUpTo(point, in: promisePositions)
    return given == 0 ? 0 : promiseCommits[given - 1]
  }

  /// How many of the rising `positions` are at most `point`.
  private static func countUpTo(_ point: Int, in positions: [Int]) -> Int {
    var low = 0
    var high = positions.count
    while low < high {
      let middle = (low + high) / 2
      if positions[middle] <= point { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
