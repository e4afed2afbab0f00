import FaultFS

/// Counts the rare states that recoveries and their crashes reach.
package final class RecoveryMarks {
  /// Those that every system can reach.
  enum Harness: Int, CaseIterable {
    case tornSector, exposedTail, cutAfterWriting, cutTwice, struck, askedOtherwise

    var name: String {
      switch self {
      case .tornSector: "sector torn"
      case .exposedTail: "tail exposed before its data"
      case .cutAfterWriting: "recovery cut off after it had written"
      case .cutTwice: "recovery from a cut-off recovery cut off"
      case .struck: "recovery struck by a fault"
      case .askedOtherwise: "checker asked other questions of the same files"
      }
    }
  }

  private let names: [String]
  private var counts: [Int]
  private var countsOfOpenings: [String: Int] = [:]
  private var harnessCounts = [Int](repeating: 0, count: Harness.allCases.count)

  /// - Parameter names: the system's own, of which there are at most 64.
  init(_ names: [String]) {
    guard names.count <= 64 else { fatalError("\(names.count) recovery marks; a system may have 64") }
    self.names = names
    counts = [Int](repeating: 0, count: names.count)
  }

  /// Counts what one recovery of the system met.
  func add(_ bits: UInt64) {
    var left = bits
    while left != 0 {
      let bit = left.trailingZeroBitCount
      left &= left - 1
      guard bit < counts.count else { fatalError("a recovery has mark \(bit) of \(counts.count)") }
      counts[bit] += 1
    }
  }

  /// Counts what an opened system says of its opening.
  func add(_ marks: [String: Int]) { countsOfOpenings.merge(marks, uniquingKeysWith: +) }

  func add(_ mark: Harness) { harnessCounts[mark.rawValue] += 1 }

  /// Counts a power cut at operation `point` of a recovery that is itself at `depth`, 1 for that of a workload's crash.
  func addCut(at point: Int, of outcome: Judge.Outcome, depth: Int) {
    guard point > 0, point < outcome.recoveryEnd else { return }
    add(.cutAfterWriting)
    if depth > 1 { add(.cutTwice) }
  }

  /// All of them with how often; those of the harness only where the scenario can reach them.
  func marks(for scenario: Scenario) -> [String: Int] {
    var marks = Dictionary(uniqueKeysWithValues: zip(names, counts))
    marks.merge(countsOfOpenings, uniquingKeysWith: +)
    let canTear = scenario.disk.model.tearing != nil && scenario.crash.strategies.contains(.torn)
    for mark in Harness.allCases {
      let isInReach =
        switch mark {
        case .tornSector: canTear
        case .exposedTail: harnessCounts[mark.rawValue] > 0
        case .cutAfterWriting: scenario.crash.recoveryDepth > 0
        case .cutTwice: scenario.crash.recoveryDepth > 1
        case .struck: !scenario.faults.kinds.isEmpty && scenario.faults.placement == .every
        case .askedOtherwise: harnessCounts[mark.rawValue] > 0
        }
      if isInReach { marks[mark.name] = harnessCounts[mark.rawValue] }
    }
    return marks
  }
}
