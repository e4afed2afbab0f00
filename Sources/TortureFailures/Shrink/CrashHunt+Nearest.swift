import FaultFS
import TortureCore

/// From a crash with the failure to the nearest one to none at all.
extension CrashHunt {
  /// The failure with the fewest crashes; of these the earliest crash that the search meets; and there a state from
  /// which no single cell that is lost can be taken away, nor be lost less.
  mutating func nearest(to found: Catch) -> Catch {
    guard !found.crashes.isEmpty else { return found }
    var best = found
    for depth in 1...found.crashes.count {
      // At the point of a crash of the same depth, what is known already need not be met again.
      let end = depth == found.crashes.count ? found.crashes[0].point : nil
      if let earlier = walk(.every, depth: depth, before: end) {
        best = earlier
        break
      }
    }
    return keepingMore(best)
  }

  /// The same crashes with as little lost as the failure allows.
  mutating func keepingMore(_ found: Catch) -> Catch {
    guard let first = found.crashes.first else { return found }
    let recording = record()
    let window = CrashWindow(over: recording.disk)
    let terms = recording.terms(at: first.point, in: testCase)
    var best = found
    var hasChanged = true
    while hasChanged {
      hasChanged = false
      for place in best.crashes.indices {
        var number = 0
        while true {
          let nearer = best.crashes[place].nearerStates
          guard number < nearer.count, executions < executionsMax else { break }
          var crashes = best.crashes
          crashes[place] = nearer[number]
          if var caught = follow(crashes, window, [], terms) {
            (caught.operations, caught.struckCalls) = (best.operations, best.struckCalls)
            best = caught
            hasChanged = true
            number = 0
            // A failure that needs fewer crashes ends the chain earlier.
            guard place < best.crashes.count else { break }
          } else {
            number += 1
          }
        }
        guard place < best.crashes.count - 1 else { break }
      }
    }
    return best
  }
}

extension CrashState {
  /// Up to this many cells are taken away in pairs as well.
  private static let pairedMax = 12

  /// The state with less lost, the largest steps first: parts of the cells taken away, then single cells, then pairs (what
  /// only persists together, as the two halves of a rename), then one version more of each. Not all of them are legal.
  var nearerStates: [CrashState] {
    var states: [CrashState] = []
    var length = deviations.count
    while length > 0 {
      for start in stride(from: 0, to: deviations.count, by: length) {
        states.append(without(start..<min(start + length, deviations.count)))
      }
      length /= 2
    }
    if deviations.count <= Self.pairedMax {
      for first in deviations.indices {
        for second in deviations.indices.dropFirst(first + 1) {
          var state = self
          state.deviations.remove(at: second)
          state.deviations.remove(at: first)
          states.append(state)
        }
      }
    }
    for index in deviations.indices {
      var state = self
      state.deviations[index].version += 1
      state.deviations[index].tear = nil
      states.append(state)
    }
    return states
  }

  private func without(_ range: Range<Int>) -> CrashState {
    var state = self
    state.deviations.removeSubrange(range)
    return state
  }
}
