import SeededRandom
import Testing

@testable import TortureCore

/// What concurrent calls promise, against the definitions.
@Suite struct CommitOrderTests {
  /// Random calls of some threads, as a store might order their commits.
  private func calls(seed: UInt64) -> [CommitOrder.Call] {
    var random = SplitMix64(seed: seed)
    var calls: [CommitOrder.Call] = []
    var open: [Int: Int] = [:]
    var numbers: UInt64 = 0
    var position = 0
    for moment in 1...60 {
      position += random.below(3)
      let thread = random.below(3)
      if let call = open.removeValue(forKey: thread) {
        calls[call].returned = moment
        calls[call].end = position
        if calls[call].operation.isCommit, calls[call].number == 0 {
          numbers += 1
          calls[call].number = numbers
        }
      } else {
        let operation: Operation =
          switch random.below(4) {
          case 0: .flush
          case 1: .commit(client: thread, flush: false)
          default: .commit(client: thread, flush: true)
          }
        open[thread] = calls.count
        calls.append(
          CommitOrder.Call(place: calls.count, operation: operation, called: moment, start: position))
      }
      // One that is under way may be put in its place at any time.
      for call in open.values.sorted() where calls[call].operation.isCommit && calls[call].number == 0 {
        if random.below(3) == 0 {
          numbers += 1
          calls[call].number = numbers
        }
      }
    }
    return calls.filter { $0.returned < .max }
  }

  @Test(arguments: 1...60 as ClosedRange<UInt64>)
  func historyIsWhatTheCallsSay(seed: UInt64) {
    let calls = calls(seed: seed)
    let order = CommitOrder(calls)
    #expect(order.problem == nil)
    let commits = calls.filter(\.operation.isCommit).sorted { $0.number < $1.number }
    #expect(order.operationPlaces == commits.map(\.place))
    let history = order.history
    #expect(history.commits == commits.count)
    for point in 0...(calls.map(\.end).max() ?? 0) {
      // As many of the first commits as were called by then.
      let attempted = commits.prefix { $0.start <= point }.count
      #expect(history.attempted(at: point) == attempted)
      // The last commit that was promised by a call which had returned by then.
      var promised = 0
      for call in calls where call.operation.promises && call.end <= point {
        for (number, commit) in commits.enumerated()
        where commit.place == call.place || commit.returned < call.called {
          promised = max(promised, number + 1)
        }
      }
      #expect(history.promised(at: point) == promised)
    }
  }

  /// An order that puts a commit before one that had returned before it was called.
  @Test func anOrderAgainstTimeIsNamed() throws {
    func call(_ place: Int, _ called: Int, _ returned: Int, _ number: UInt64) -> CommitOrder.Call {
      CommitOrder.Call(
        place: place, operation: .commit(client: place, flush: true), called: called, returned: returned,
        start: called, end: returned, number: number)
    }
    #expect(CommitOrder([call(0, 1, 4, 2), call(1, 2, 3, 1)]).problem == nil)
    let problem = try #require(CommitOrder([call(0, 1, 2, 2), call(1, 3, 4, 1)]).problem)
    #expect(
      problem
        == "The store says that commit 1 comes before commit 2, which had returned before the other one was called."
    )
  }
}
