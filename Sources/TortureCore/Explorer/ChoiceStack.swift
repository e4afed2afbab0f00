package import FaultFS

/// Gives every sequence of choices, one execution after the other, depth first.
///
/// An execution asks for choices as it observes unsettled cells. Choices up to the present sequence's end are given
/// again; beyond it the first alternative is taken, or, for an exploration from the other end, the last. Since an execution is deterministic, it asks the same until a
/// choice differs; where it does not, the system under test looks at something besides its disk, and the stack says how
/// (`divergence`).
///
/// An exploration of a crash in recovery has a stack of its own on top of that of the crash before it. Cells of the
/// outer windows that it is the first to observe are its own choices, so all questions go to the topmost stack.
package final class ChoiceStack: Resolver {
  private struct Choice {
    var cell: Cell.ID
    var depth: Int
    /// How many alternatives were taken before the present one.
    var chosen: Int
    var count: Int
  }

  private let takesLastFirst: Bool

  /// How an execution did not ask as it had before; nil where each did. The sequences mean nothing from then on.
  package private(set) var divergence: String?

  private var choices: [Choice] = []
  private var place = 0
  /// Where the exploration under way begins; below are the choices that led to it.
  private var bases = [0]

  /// - Parameter takesLastFirst: whether the sequences come in the opposite order.
  package init(takesLastFirst: Bool = false) {
    self.takesLastFirst = takesLastFirst
  }

  package func choose(_ cell: Cell.ID, depth: Int, among count: Int) -> Int {
    if place == choices.count {
      choices.append(Choice(cell: cell, depth: depth, chosen: 0, count: count))
    }
    let choice = choices[place]
    guard choice.cell == cell, choice.depth == depth, choice.count == count else {
      divergence =
        "an execution asked for \(cell) with \(count) alternatives at depth \(depth) where it had asked for "
        + "\(choice.cell) with \(choice.count) at depth \(choice.depth)"
      return 0
    }
    place += 1
    return takesLastFirst ? count - 1 - choice.chosen : choice.chosen
  }

  /// Goes on to the next sequence of the present exploration; false where there is none.
  package func next() -> Bool {
    let base = bases[bases.count - 1]
    while choices.count > base {
      let last = choices.count - 1
      choices[last].chosen += 1
      if choices[last].chosen < choices[last].count {
        place = base
        return true
      }
      choices.removeLast()
    }
    place = base
    return false
  }

  /// Begins an exploration on top of the choices that were made so far, and ends it.
  package func withExploration(_ body: () -> Void) {
    let outerPlace = place
    bases.append(choices.count)
    place = choices.count
    body()
    choices.removeLast(choices.count - bases.removeLast())
    place = outerPlace
  }
}
