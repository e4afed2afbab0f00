/// What a run attempted and what it was promised, and when: the bounds within which a recovered state may lie.
///
/// Time is the disk's operation count. A position p means that the disk had completed operations [0, p). At crash
/// point c, operations [0, c) are complete and operation c is in flight, so a commit call that began at a position
/// up to c may have reached the disk, and an acknowledgement that came at a position up to c is owed.
///
/// A system that failed is opened again, and shows the state after some prefix of the commits: what had been in
/// doubt is decided then. From there on a new **life** begins. That prefix is promised in it (unless the system does
/// not go so far), and what came after the prefix is gone, until it is attempted again.
public struct History: Hashable, Sendable, Codable {
  private struct Life: Hashable, Sendable, Codable {
    /// The position at which it begins.
    var start: Int
    /// The commits that were there then.
    var prefix: Int
    /// How many of them are promised.
    var promised: Int
    /// How many commits may be in a state although the opening did not show them: it may have misread what the disk holds.
    var hidden: Int?
    /// Where commit `prefix + k` was called, at index k - 1.
    var attempts: [Int] = []
    /// Where a promise of all commits up to one was given; both rise.
    var promisePositions: [Int] = []
    var promiseCommits: [Int] = []

    var commits: Int { prefix + attempts.count }
  }

  private var lives = [Life(start: 0, prefix: 0, promised: 0)]

  public init() {}

  /// The history of a system that was recovered: at `position` it shows the first `prefix` commits, which it promises.
  init(recovered prefix: Int, position: Int) {
    lives = [Life(start: position, prefix: prefix, promised: prefix)]
  }

  /// How many commits were called, in the present life or before it.
  public var commits: Int { lives[lives.count - 1].commits }

  /// Notes that commit `commit`, counted from 1 in commit order, is called at `position`, flushed or not.
  ///
  /// - Precondition: commits come in order, and positions never fall.
  public mutating func noteAttempt(commit: Int, position: Int) {
    let last = lives[lives.count - 1].attempts.last ?? lives[lives.count - 1].start
    guard commit == commits + 1, position >= last else {
      fatalError("commit \(commit) at \(position) noted after commit \(commits) at \(last)")
    }
    lives[lives.count - 1].attempts.append(position)
  }

  /// Notes that at `position` the system under test promised every commit up to `commit` durable: a commit with
  /// flush, a flush, or an orderly close returned.
  ///
  /// - Precondition: the commit was attempted, and positions never fall.
  public mutating func notePromise(upTo commit: Int, position: Int) {
    let life = lives[lives.count - 1]
    let last = life.promisePositions.last ?? life.start
    guard (0...life.commits).contains(commit), position >= last else {
      fatalError(
        "promise up to commit \(commit) at \(position) noted after \(life.commits) attempts and a promise at \(last)"
      )
    }
    guard commit > life.promiseCommits.last ?? life.promised else { return }
    lives[lives.count - 1].promisePositions.append(position)
    lives[lives.count - 1].promiseCommits.append(commit)
  }

  /// Notes that the system had failed, and at `position`, opened again, shows the first `prefix` commits.
  ///
  /// - Parameters:
  ///   - promises: whether it promises them; otherwise what was promised before stays so.
  ///   - mayMisread: whether a fault may have hidden from it commits that the disk holds, and a later opening shows.
  /// - Precondition: no more than were attempted, and positions never fall.
  public mutating func noteReopened(
    prefix: Int, position: Int, promises: Bool = true, mayMisread: Bool = false
  ) {
    guard (0...commits).contains(prefix), position >= lives[lives.count - 1].start else {
      fatalError("opened again at \(position) with \(prefix) of \(commits) commits")
    }
    let promised = promises ? prefix : min(prefix, self.promised(at: position))
    lives.append(
      Life(start: position, prefix: prefix, promised: promised, hidden: mayMisread ? commits : nil))
  }

  /// How many commits may be in the state that a crash at `point` leaves.
  public func attempted(at point: Int) -> Int {
    let life = life(at: point)
    return max(life.prefix + Self.countUpTo(point, in: life.attempts), life.hidden ?? 0)
  }

  /// How many commits had ever been called by `point`: more than `attempted` where the system was opened again without
  /// the last of them.
  public func called(at point: Int) -> Int {
    let before = lives.filter { $0.start <= point }.dropLast().map(\.commits).max() ?? 0
    return max(before, attempted(at: point))
  }

  /// How many commits must be in the state that a crash at `point` leaves.
  public func promised(at point: Int) -> Int {
    let life = life(at: point)
    let given = Self.countUpTo(point, in: life.promisePositions)
    return given == 0 ? life.promised : life.promiseCommits[given - 1]
  }

  /// The same, had the newest promise not been given.
  public func promisedBefore(at point: Int) -> Int {
    let life = life(at: point)
    let given = Self.countUpTo(point, in: life.promisePositions)
    return given < 2 ? life.promised : life.promiseCommits[given - 2]
  }

  private func life(at point: Int) -> Life {
    lives.last { $0.start <= point } ?? lives[0]
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
