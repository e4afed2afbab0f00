import FaultFS
import LRVM
import Storage
import Testing

/// docs/log-format.md, "What is not detected": runs of sectors of every length destroyed at every place.
@Suite struct LostSectorsTests {
  private static let shape = LogShape(recordSectors: 64, statusLength: 512)
  /// Of a log of one sector for a header, another one, and three blocks.
  private static let recordsStart = 5 * 512

  private enum Loss: CaseIterable {
    /// As a lost write leaves them, as an erased block, and as rot.
    case older, zeros, garbage
  }

  private struct Made {
    var files: [String: [UInt8]] = [:]
    var older: [UInt8] = []
    /// The batch of each live sector, from the first on, counted from 1 as the commits are.
    var batches: [UInt64] = []
    var isClean = false
  }

  /// Batches of one to three sectors, 34 in all, whose first ones lie at the ring's end.
  private func make(isClean: Bool) throws -> Made {
    let disk = try SmallLog.disk(shape: Self.shape)
    let rvm = try RVM.open(disk)
    let region = try rvm.map("a")
    var made = Made()
    made.isClean = isClean
    func commit(_ turn: UInt64, _ length: Int) throws {
      let transaction = try rvm.begin()
      try transaction.store(turn, in: region, at: 0)
      try transaction.modify(
        region, at: 2048, with: [UInt8](repeating: UInt8(turn % 250), count: length))
      try transaction.store(turn, in: region, at: 8184)
      try transaction.commit()
    }
    for turn in 0..<40 { try commit(UInt64(turn), 100) }
    try rvm.truncate()
    try commit(0, 100)
    try rvm.truncate()
    made.older = try disk.contents("log")
    var turn: UInt64 = 0
    while made.batches.count < 34 {
      turn += 1
      let before = rvm.query().logSectorsUsed
      try commit(turn, [100, 700, 1100][Int(turn) % 3])
      for _ in before..<rvm.query().logSectorsUsed { made.batches.append(turn) }
    }
    if isClean { try rvm.terminate() }
    for name in try disk.list("") { made.files[name] = try disk.contents(name) }
    withExtendedLifetime(rvm) {}
    return made
  }

  /// The commit that is recovered; nil where the log is refused.
  private func open(_ files: [String: [UInt8]]) throws -> UInt64? {
    let disk = FaultDisk()
    for (name, bytes) in files { try disk.replace(name, with: bytes) }
    let region: Region
    do { region = try RVM.open(disk).map("a") } catch RVMError.logDamaged { return nil }
    let found = region.load(UInt64.self, at: 0)
    #expect(region.load(UInt64.self, at: 8184) == found)
    return found
  }

  /// What the document says: nothing after a clean end; otherwise a loss that leaves no sector of a later batch.
  private func expected(_ made: Made, _ lost: Range<Int>) -> UInt64? {
    if made.isClean { return nil }
    let batch = made.batches[lost.lowerBound]
    let isLaterLeft = made.batches.indices.contains { !lost.contains($0) && made.batches[$0] > batch }
    return isLaterLeft ? nil : batch - 1
  }

  @Test(arguments: [true, false]) func everyRunOfSectors(isClean: Bool) throws {
    let made = try make(isClean: isClean)
    let log = try #require(made.files["log"])
    #expect(try open(made.files) == made.batches[made.batches.count - 1])
    let start = 41
    var (refused, cutShort) = (0, 0)
    for first in made.batches.indices {
      for end in first + 1...made.batches.count {
        for loss in Loss.allCases {
          var damaged = log
          for sector in first..<end {
            let place = Self.recordsStart + (start + sector) % 64 * 512
            let bytes: [UInt8] =
              switch loss {
              case .older: Array(made.older[place..<place + 512])
              case .zeros: [UInt8](repeating: 0, count: 512)
              case .garbage: [UInt8](repeating: UInt8(7 + sector), count: 512)
              }
            damaged.replaceSubrange(place..<place + 512, with: bytes)
          }
          var files = made.files
          files["log"] = damaged
          let found = try open(files)
          let expected = expected(made, first..<end)
          #expect(found == expected, "sectors \(first)..<\(end) of \(made.batches.count), \(loss)")
          if found == nil { refused += 1 } else { cutShort += 1 }
        }
      }
    }
    #expect(refused + cutShort == 3 * made.batches.count * (made.batches.count + 1) / 2)
    // Cut short is only what is lost with all that follows it, and what begins in the last batch.
    #expect(isClean ? cutShort == 0 : refused > 1500 && cutShort > 90)
  }
}
