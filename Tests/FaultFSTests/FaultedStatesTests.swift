@testable import FaultFS
import Storage
import Testing

/// Random traces with random faults, against a naive account of what can be lost.
@Suite struct FaultedStatesTests {
  private func faults(seed: Int) -> [Fault] {
    [.syncError, .lyingSync, .lostWrite, .bitRot, .shortWrite].enumerated().map { index, kind in
      Fault(kind, at: .rate(0.25), isSticky: true, seed: UInt64(seed * 10 + index))
    }
  }

  /// A version whose sync failed stays losable until the cell was written again and synced; the same for lost writes.
  @Test(arguments: 1...8, [Profile.posix, .ext4Ordered, .btrfs, .ext4Data])
  func aVersionThatNoTrueSyncCoveredIsLosable(seed: Int, profile: Profile) throws {
    let disk = FaultDisk(profile: profile)
    disk.inject(faults(seed: seed))
    var random = RandomCalls(seed: UInt64(seed), sectorsMax: 3, syncOdds: 3)
    try random.make(60, on: disk)
    #expect(!disk.firedFaults.isEmpty)
    let window = CrashWindow(over: disk)
    let timeline = window.timeline
    for point in 0...window.lastPoint {
      window.advance(to: point)
      let lost = window.nothingKept
      #expect(window.isLegal(lost) && window.isLegal(window.everythingKept))
      for number in 0..<timeline.cellCount {
        let cell = timeline.cell(Cell.ID(Int32(number)))
        guard cell.kind == .sector else { continue }
        let candidates = window.candidates(of: cell.id)
        if let floor = naiveFloor(cell, timeline, profile, at: point) {
          #expect(candidates.lowerBound >= floor, "\(cell) at \(point)")
          if profile.order == .free && profile.atom == .sector && profile.grownSize == .free {
            #expect(candidates.lowerBound == floor, "\(cell) at \(point)")
          }
        }
      }
    }
  }

  /// The floor of a sector from the operations' faults alone.
  private func naiveFloor(_ cell: Cell, _ timeline: Timeline, _ profile: Profile, at point: Int) -> Int? {
    var (floor, newest, unwritten) = (0, 0, 0)
    for operation in timeline.operations.prefix(point) {
      let own = timeline.versions(of: operation.index).first { $0.cell == cell.id }?.version
      newest = own ?? newest
      let isSync = [.syncData, .syncFull].contains(operation.kind) && operation.file == cell.file
      switch operation.fault {
      case nil: if isSync && newest > unwritten { floor = max(floor, newest) }
      case .bitRot: floor = own ?? floor
      case .lostWrite: unwritten = own ?? unwritten
      case .syncError:
        // A sync that made versions took back what it could not write.
        if let own {
          floor = own
        } else if isSync {
          unwritten = newest
        }
      default: break
      }
    }
    return floor
  }

  @Test(arguments: 1...6, [Profile.posix, .ext4Ordered, .ext4Writeback, .xfs, .btrfs, .ext4Data])
  func statesAreListedCountedAndCheckedAlike(seed: Int, profile: Profile) throws {
    let disk = FaultDisk(profile: profile)
    disk.inject(faults(seed: seed))
    var random = RandomCalls(seed: UInt64(seed), sectorsMax: 2, syncOdds: 2)
    try random.make(14, on: disk)
    let window = CrashWindow(over: disk)
    for point in 0...window.lastPoint {
      window.advance(to: point)
      guard let count = window.stateCount(), count < 300 else { continue }
      let ranges = window.openCells.map { (cell: $0, candidates: window.candidates(of: $0)) }
      let product = ranges.reduce(1) { $0 * $1.candidates.count }
      if product > 3000 { continue }
      var listed: Set<CrashState> = []
      window.forEachState { listed.insert($0) }
      #expect(UInt64(listed.count) == count)
      var legal: Set<CrashState> = []
      for number in 0..<product {
        var (rest, state) = (number, CrashState(point: point))
        for (cell, candidates) in ranges {
          let version = candidates.lowerBound + rest % candidates.count
          rest /= candidates.count
          if version < candidates.upperBound { state.deviations.append(.init(cell: cell, version: version)) }
        }
        if window.isLegal(state) { legal.insert(state) }
      }
      #expect(listed == legal)
    }
  }
}
