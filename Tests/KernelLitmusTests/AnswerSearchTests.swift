import FaultFS
import Foundation
import Storage
import Testing

@testable import KernelLitmus

/// Every combination of answers is given once, whatever the order in which they are asked for.
@Suite struct AnswerSearchTests {
  private static let fileBytes = 5 * 512

  /// Five sectors, some of which were written several times.
  private func window() throws -> CrashWindow {
    let disk = FaultDisk(profile: .rawDevice)
    let file = try disk.open("f", .createNew)
    try file.allocate(Self.fileBytes)
    for (sector, letter) in [(0, 1), (1, 2), (0, 3), (3, 4), (4, 5), (1, 6)] {
      try file.write([UInt8](repeating: UInt8(letter), count: 512), at: sector * 512)
    }
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    return window
  }

  /// A look that asks for some sectors only where others hold this or that, in either order.
  private func look(_ disk: FaultDisk, isReversed: Bool) throws -> String {
    let file = try disk.open("f", .readOnly)
    func letter(_ sector: Int) throws -> UInt8 { try file.read(512, at: sector * 512)[0] }
    let both = isReversed ? [try letter(1), try letter(0)].reversed() : [try letter(0), try letter(1)]
    var seen = Array(both)
    if seen[0] == 3 { seen.append(try letter(4)) }
    if seen[1] != 2 { seen.append(try letter(3)) }
    return seen.map { "\($0)" }.joined(separator: " ")
  }

  private func outcomes(
    _ window: CrashWindow, statesMax: Int = .max, alternating: Bool
  ) throws -> (all: [String], search: AnswerSearch) {
    var search = AnswerSearch(seed: 1)
    var all: [String] = []
    while search.hasMore && search.runCount < statesMax {
      all.append(
        try search.next { resolver in
          try window.withDisk(resolvingBy: resolver) { disk in
            try look(disk, isReversed: alternating && all.count % 2 == 1)
          }
        })
    }
    return (all, search)
  }

  @Test(arguments: [false, true]) func givesWhatAllStatesGive(alternating: Bool) throws {
    let window = try window()
    var expected: Set<String> = []
    try window.forEachState { state in
      expected.insert(try window.withDisk(showing: state) { try look($0, isReversed: false) })
    }
    let (all, search) = try outcomes(window, alternating: alternating)
    #expect(Set(all) == expected)
    #expect(expected.count == 20)
    // One more than there are: the second run is of the oldest of everything, which comes again.
    #expect(all.count == expected.count + 1)
    #expect(search.askedOtherwise == 0)
  }

  @Test func beginsWithTheNewestAndTheOldest() throws {
    let (all, search) = try outcomes(try window(), statesMax: 2, alternating: false)
    #expect(all == ["3 6 5 4", "0 0 0"])
    #expect(search.hasMore)
  }
}
