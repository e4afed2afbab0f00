import FaultFS
import SeededRandom

/// Goes through all that a crash point may leave, by what is asked about it: each run gets one answer for each cell that it asks
/// for, and each combination of answers that leads to other questions is given once.
///
/// Answers are kept by cell and not by the order of the questions: the kernel may ask for two sectors in either order.
///
/// Where there are more combinations than runs that are allowed, those that are made are chosen to differ: the first run keeps the newest of
/// everything, the second the oldest; then, in turns, that which differs from the newest in the fewest answers, and one that is drawn.
struct AnswerSearch {
  /// One answer that is given: to the question with this number about the cell, the alternative with this number.
  private struct Question: Hashable {
    var cell: Cell.ID
    var number: Int
  }

  /// Answers as given, and notes what is asked.
  private final class Answers: Resolver {
    let given: [Question: Int]
    let isOldest: Bool
    var asked: [(question: Question, count: Int)] = []
    private var numbers: [Cell.ID: Int] = [:]

    init(_ given: [Question: Int], isOldest: Bool) {
      self.given = given
      self.isOldest = isOldest
    }

    func choose(_ cell: Cell.ID, depth: Int, among count: Int) -> Int {
      let question = Question(cell: cell, number: numbers[cell, default: 0])
      numbers[cell, default: 0] += 1
      asked.append((question, count))
      // The alternatives follow from what was asked before: fewer than expected are another question.
      return isOldest ? count - 1 : min(given[question] ?? 0, count - 1)
    }
  }

  /// Answers that are to be given, with those that are not the newest counted.
  private var pending: [(answers: [Question: Int], deviationCount: Int)] = [([:], 0)]
  private var random: SplitMix64
  private(set) var runCount = 0
  /// How many runs did not ask for what the same answers had led to before.
  private(set) var askedOtherwise = 0

  init(seed: UInt64) {
    random = SplitMix64(seed: seed)
  }

  /// Whether combinations are left.
  var hasMore: Bool { !pending.isEmpty }

  /// Makes the next run.
  mutating func next<Result, Failure: Error>(
    _ body: (any Resolver) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // It is among those that come later as well, where all are made.
    if runCount == 1 {
      runCount += 1
      return try body(Answers([:], isOldest: true))
    }
    let (given, deviationCount) = takePending()
    let answers = Answers(given, isOldest: false)
    let result = try body(answers)
    runCount += 1
    if !given.keys.allSatisfy({ question in answers.asked.contains { $0.question == question } }) {
      askedOtherwise += 1
    }
    var known = given
    for (question, count) in answers.asked where given[question] == nil {
      for alternative in 1..<max(1, count) {
        var other = known
        other[question] = alternative
        pending.append((other, deviationCount + 1))
      }
      known[question] = 0
    }
    return result
  }

  private mutating func takePending() -> (answers: [Question: Int], deviationCount: Int) {
    var place = random.below(pending.count)
    if runCount % 2 == 0,
      let fewest = pending.indices.min(by: { pending[$0].deviationCount < pending[$1].deviationCount })
    {
      place = fewest
    }
    return pending.remove(at: place)
  }
}
