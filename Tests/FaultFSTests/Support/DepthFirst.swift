import FaultFS

/// Gives every sequence of answers, one body after the other, in depth-first order.
final class DepthFirst: Resolver {
  struct Answer: Equatable {
    var cell: Cell.ID
    var depth: Int
    var chosen: Int
    var count: Int
  }

  private(set) var answers: [Answer] = []
  private var place = 0
  private(set) var bodyCount = 0

  func choose(_ cell: Cell.ID, depth: Int, among count: Int) -> Int {
    precondition(count > 1)
    if place == answers.count { answers.append(Answer(cell: cell, depth: depth, chosen: 0, count: count)) }
    let answer = answers[place]
    precondition(answer.cell == cell && answer.depth == depth && answer.count == count, "\(answers)")
    place += 1
    return answer.chosen
  }

  /// Goes on to the next sequence; false where there is none.
  func next() -> Bool {
    precondition(place == answers.count)
    place = 0
    bodyCount += 1
    while let last = answers.last {
      if last.chosen + 1 < last.count {
        answers[answers.count - 1].chosen += 1
        return true
      }
      answers.removeLast()
    }
    return false
  }
}
