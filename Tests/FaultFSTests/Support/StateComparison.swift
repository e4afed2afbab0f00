import FaultFS
import SeededRandom
import Testing

extension CrashWindow {
  /// Expects that the states of the present point, as they are listed, checked, counted and bounded, are the choices that
  /// the model found legal.
  func expectStates(_ expected: [[Int]], of model: NaiveModel, seed: UInt64) {
    var found: [[Int]] = []
    forEachState { state in
      #expect(isLegal(state))
      found.append(model.choice(state))
    }
    // Whatever the definition leaves out is refused as well.
    var generator = SplitMix64(seed: seed)
    for _ in 0..<20 {
      var choice = model.cells.indices.map { model.newest($0, at: point) }
      for cell in choice.indices where generator.isOneIn(3) {
        choice[cell] = generator.below(choice[cell] + 1)
      }
      var state = CrashState(point: point)
      for (cell, version) in choice.enumerated() where version < model.newest(cell, at: point) {
        state.deviations.append(.init(cell: Cell.ID(Int32(cell)), version: version))
      }
      #expect(isLegal(state) == expected.contains(choice))
    }
    for cell in model.cells.indices {
      let shown = expected.map { $0[cell] }
      let candidates = candidates(of: Cell.ID(Int32(cell)))
      #expect(shown.min() == candidates.lowerBound && shown.max() == candidates.upperBound)
    }
    #expect(found.count == Set(found).count)
    #expect(Set(found) == Set(expected), "point \(point)")
    #expect(stateCount() == UInt64(expected.count))
  }

  /// Expects that choices of any kind become the newest legal state at or below them.
  ///
  /// - Parameter legal: every legal choice, or nil where there are too many.
  func expectNewestStateBelow(
    _ generator: inout SplitMix64, of model: NaiveModel, among legal: [[Int]]?
  ) {
    var wish = model.cells.indices.map { model.newest($0, at: point) }
    let state = state { cell, candidates in
      let version = candidates.lowerBound + generator.below(candidates.count)
      wish[Int(cell.number)] = version
      return CrashState.Choice(version)
    }
    #expect(isLegal(state))
    guard let legal else { return }
    let below = legal.filter { zip($0, wish).allSatisfy { $0 <= $1 } }
    let best = below.max { $0.reduce(0, +) < $1.reduce(0, +) }
    #expect(model.choice(state) == best)
  }
}
