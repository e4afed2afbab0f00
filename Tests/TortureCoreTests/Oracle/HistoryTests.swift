import Foundation
import SeededRandom
import Testing

@testable import TortureCore

@Suite struct HistoryTests {
  @Test func boundsMoveWithTheCrashPoint() {
    var history = History()
    history.noteAttempt(commit: 1, position: 3)
    history.notePromise(upTo: 1, position: 5)
    history.noteAttempt(commit: 2, position: 5)
    history.noteAttempt(commit: 3, position: 8)
    history.notePromise(upTo: 3, position: 10)
    #expect((0...11).map { history.attempted(at: $0) } == [0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 3, 3])
    #expect((0...11).map { history.promised(at: $0) } == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 3, 3])
    #expect(history.commits == 3)
  }

  @Test func olderPromisesAddNothing() {
    var history = History()
    history.noteAttempt(commit: 1, position: 0)
    history.noteAttempt(commit: 2, position: 0)
    history.notePromise(upTo: 0, position: 1)
    history.notePromise(upTo: 2, position: 4)
    history.notePromise(upTo: 1, position: 6)
    history.notePromise(upTo: 2, position: 7)
    #expect((0...8).map { history.promised(at: $0) } == [0, 0, 0, 0, 2, 2, 2, 2, 2])
  }

  @Test func anOpeningAfterAFailureBeginsALifeOfItsOwn() {
    for promises in [true, false] {
      var history = History()
      history.noteAttempt(commit: 1, position: 1)
      history.notePromise(upTo: 1, position: 2)
      history.noteAttempt(commit: 2, position: 2)
      history.noteAttempt(commit: 3, position: 4)
      // The third one failed, and what an opening shows has the second only.
      history.noteReopened(prefix: 2, position: 6, promises: promises)
      history.noteAttempt(commit: 3, position: 8)
      history.notePromise(upTo: 3, position: 9)
      #expect(history.commits == 3)
      #expect((0...9).map { history.attempted(at: $0) } == [0, 1, 2, 2, 3, 3, 2, 2, 3, 3])
      let shown = promises ? 2 : 1
      #expect((0...9).map { history.promised(at: $0) } == [0, 0, 1, 1, 1, 1, shown, shown, shown, 3])
      #expect(
        (0...9).map { history.promisedBefore(at: $0) } == [0, 0, 0, 0, 0, 0, shown, shown, shown, shown])
    }
  }

  @Test func whatAnOpeningMisreadMayBeThereAfterAll() {
    for mayMisread in [false, true] {
      var history = History()
      for commit in 1...3 { history.noteAttempt(commit: commit, position: commit) }
      history.notePromise(upTo: 3, position: 4)
      history.noteReopened(prefix: 1, position: 6, mayMisread: mayMisread)
      #expect(history.attempted(at: 6) == (mayMisread ? 3 : 1))
      #expect(history.promised(at: 6) == 1)
      #expect(history.commits == 1)
      for commit in 2...4 { history.noteAttempt(commit: commit, position: 6 + commit) }
      #expect(history.attempted(at: 20) == 4)
    }
  }

  @Test func agreesWithCountingOneByOne() {
    var random = SplitMix64(seed: 1)
    for _ in 0..<200 {
      var history = History()
      var attempts: [Int] = []
      var promises: [(position: Int, commit: Int)] = []
      var position = 0
      for _ in 0..<random.below(30) {
        position += random.below(3)
        if random.chance(0.6) {
          attempts.append(position)
          history.noteAttempt(commit: attempts.count, position: position)
        } else {
          let commit = random.draw(0...attempts.count)
          promises.append((position, commit))
          history.notePromise(upTo: commit, position: position)
        }
      }
      for point in 0...(position + 1) {
        #expect(history.attempted(at: point) == attempts.filter { $0 <= point }.count)
        #expect(
          history.promised(at: point) == promises.filter { $0.position <= point }.map(\.commit).max() ?? 0)
        #expect(history.promised(at: point) <= history.attempted(at: point))
      }
    }
  }

  @Test func isTheSameAfterJSON() throws {
    var history = History()
    history.noteAttempt(commit: 1, position: 2)
    history.notePromise(upTo: 1, position: 4)
    let json = try JSONEncoder().encode(history)
    #expect(try JSONDecoder().decode(History.self, from: json) == history)
  }
}
