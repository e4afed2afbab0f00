import TortureCore
import TortureFailures

extension HuntExtent {
  /// How much there was to judge: `1,204 crash states at 31 crash points (torn sectors aside)`. That all of it was judged is
  /// to be said only of a complete one.
  var text: String { "\(states) (torn sectors aside)" }

  /// The same, to stand in brackets.
  var bracketed: String { "\(states), torn sectors aside" }

  private var states: String {
    "\(Figure.grouped(coverage.legal)) crash \(coverage.legal == 1 ? "state" : "states") at \(pointsText)\(depthText)"
  }

  /// How much of it was judged, where that is not all: `18 of 31 crash points in full`.
  var shortfall: String { "\(Figure.grouped(coverage.pointsExhausted)) of \(pointsText) in full\(depthText)" }

  private var pointsText: String { Figure.count(points, "crash point") }

  private var depthText: String {
    depth > 1 ? ", with up to \(Figure.count(depth - 1, "crash", "crashes")) in recovery" : ""
  }
}
