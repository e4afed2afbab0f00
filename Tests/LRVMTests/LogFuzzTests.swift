import FaultFS
import LRVM
import Storage
import Testing

/// Every byte of a small log damaged in turn: what is opened is the state after a prefix of the commits, or a
/// typed error says that it is damaged. Nothing traps.
@Suite struct LogFuzzTests {
  /// The state after each commit, at three places.
  private struct Damaged {
    var files: [String: [UInt8]]
    /// The log before the live batches were written.
    var older: [UInt8]
    /// The number of commits that the segment has without the log.
    var applied: UInt64
    var committed: UInt64
    /// By sector of the record area: the batch that lies there, counted from 0 among the live ones; nil for
    /// none.
    var batchOfSector: [Int?]
    var batchCount: Int
  }

  /// A wrapped log of 8 sectors with three live batches: of one sector, of three, of two.
  private func make() throws -> Damaged {
    let shape = LogShape(recordSectors: 8, statusLength: 512)
    let disk = try SmallLog.disk(shape: shape)
    let rvm = try RVM.open(disk)
    let region = try rvm.map("a")
    var turn: UInt64 = 0
    var place = 0
    func commit(_ length: Int, _ mode: CommitMode = .flush) throws {
      turn += 1
      let transaction = try rvm.begin()
      try transaction.modify(
        region, at: 1000 + 100 * Int(turn), with: [UInt8](repeating: UInt8(turn), count: length))
      try transaction.store(turn, in: region, at: 0)
      try transaction.store(turn, in: region, at: 8184)
      try transaction.commit(mode)
    }
    for _ in 0..<5 { try commit(300) }
    try rvm.truncate()
    place = 5
    let applied = turn
    let older = try disk.contents("log")
    var batches: [Int?] = Array(repeating: nil, count: 8)
    for (batch, (lengths, sectors)) in [([50], 1), ([500, 600], 3), ([500], 2)].enumerated() {
      for length in lengths.dropLast() { try commit(length, .noFlush) }
      let before = rvm.query().logSectorsUsed
      try commit(lengths[lengths.count - 1])
      #expect(rvm.query().logSectorsUsed - before == sectors)
      for _ in 0..<sectors {
        batches[place % 8] = batch
        place += 1
      }
    }
    #expect(rvm.query().statistics.logWraps == 1)
    var files: [String: [UInt8]] = [:]
    for name in try disk.list("") { files[name] = try disk.contents(name) }
    withExtendedLifetime(rvm) {}
    return Damaged(
      files: files, older: older, applied: applied, committed: turn, batchOfSector: batches, batchCount: 3)
  }

  /// The number of commits in the recovered state, or nil where the log is refused.
  private func open(_ files: [String: [UInt8]]) throws -> UInt64? {
    let disk = FaultDisk()
    for (name, bytes) in files { try disk.replace(name, with: bytes) }
    let region: Region
    do {
      let rvm = try RVM.open(disk)
      region = try rvm.map("a")
    } catch {
      switch error {
      case .notALog, .unsupportedVersion, .logDamaged, .logTruncated: break
      default: Issue.record("\(error)")
      }
      #expect(try disk.contents("log") == files["log"])
      #expect(try disk.contents("a") == files["a"])
      return nil
    }
    let found = region.load(UInt64.self, at: 0)
    #expect(region.load(UInt64.self, at: 8184) == found)
    return found
  }

  @Test func everyByteDamaged() throws {
    let made = try make()
    let log = try #require(made.files["log"])
    let expected = try open(made.files)
    #expect(expected == made.committed)
    var refused = 0
    var cutShort = 0
    for byte in log.indices {
      let old = log[byte]
      for value in Set([old ^ 1 << UInt8(byte % 8), 0, 0xff]).sorted() where value != old {
        var files = made.files
        files["log"]?[byte] = value
        let found = try open(files)
        let place = "byte \(byte): \(old) became \(value)"
        if byte < 2 * 512 {
          // The header's other copy has all.
          #expect(found == made.committed, "\(place)")
        } else if byte < 5 * 512 {
          // One status block is bad: the other one holds, or it is seen to be too old. Nothing is lost
          // silently.
          #expect(found == nil || found == made.committed, "\(place)")
        } else {
          let batch = made.batchOfSector[(byte - 5 * 512) / 512]
          switch batch {
          case nil: #expect(found == made.committed, "\(place)")
          case made.batchCount - 1:
            // Nothing proves that the last batch was ever written whole.
            #expect(found == made.committed - 1, "\(place)")
            cutShort += 1
          default:
            #expect(found == nil, "\(place): durable records were cut off")
            refused += 1
          }
        }
      }
    }
    #expect(refused > 2000 && cutShort > 1000)
  }

  @Test func everyTruncationLength() throws {
    let made = try make()
    let log = try #require(made.files["log"])
    for length in log.indices {
      var files = made.files
      files["log"] = Array(log[0..<length])
      #expect(try open(files) == nil)
    }
    // A longer file is the same log.
    var files = made.files
    files["log"] = log + [1, 2, 3]
    #expect(try open(files) == made.committed)
  }

  /// A sector that is intact and does not belong, or is blank, looks like the log's end: what follows it shows that it
  /// is not.
  @Test func sectorsLostStaleOrExchanged() throws {
    let made = try make()
    let log = try #require(made.files["log"])
    func sector(_ index: Int) -> Range<Int> { (5 + index) * 512..<(6 + index) * 512 }
    var refused = 0
    for place in 0..<8 {
      let others = (0..<8).filter { $0 != place }.map { log[sector($0)] }
      for content in [made.older[sector(place)], ArraySlice(repeating: 0, count: 512)] + others {
        var files = made.files
        files["log"]?.replaceSubrange(sector(place), with: content)
        let found = try open(files)
        if content == log[sector(place)] {
          #expect(found == made.committed)
          continue
        }
        switch made.batchOfSector[place] {
        case nil:
          // A sector in the place of another shows that a write went astray.
          #expect(found == made.committed || found == nil && others.contains(content), "sector \(place)")
        case made.batchCount - 1:
          // A sector of a later position shows that the status block is too old, or that it was misdirected.
          #expect(found == nil ? others.contains(content) : found == made.committed - 1, "sector \(place)")
        default:
          #expect(found == nil, "sector \(place)")
          refused += 1
        }
      }
    }
    #expect(refused == 4 * 9)
  }

  /// Several sectors in a row, as a lost page or a lost write leaves them.
  @Test func holesOfSeveralSectors() throws {
    let made = try make()
    let first = try #require(made.batchOfSector.firstIndex(of: 0))
    for start in 0..<6 {
      for length in 1...6 - start {
        var files = made.files
        for index in start..<start + length {
          let place = (first + index) % 8
          files["log"]?.replaceSubrange(
            (5 + place) * 512..<(6 + place) * 512, with: made.older[(5 + place) * 512..<(6 + place) * 512])
        }
        // The last batch has the sectors 4 and 5. Where nothing of it is left, nothing shows a hole before it.
        let found = try open(files)
        switch (start, start + length) {
        case (4..., _): #expect(found == made.committed - 1)
        case (1..., 6): #expect(found == made.applied + 1)
        case (_, 6): #expect(found == made.applied)
        default: #expect(found == nil, "sectors \(start)..<\(start + length)")
        }
      }
    }
  }

  /// The status block that a truncation wrote knows how far the log was durable then.
  @Test func theStatusBlockKnowsOfALastBatchThatIsGone() throws {
    let disk = try SmallLog.disk()
    let rvm = try RVM.open(disk, .stepped(.incremental))
    let region = try rvm.map("a")
    try rvm.put(1, in: region, at: 0)
    let pin = try rvm.begin()
    try rvm.put(2, in: region, at: 4096)
    try pin.setRange(region, offset: 4104, length: 8)
    // Frees what the first commit took, and not the second one: its page is in use.
    try rvm.setOptions(.stepped(.incremental, threshold: 0))
    while try rvm.truncationStep() {}
    #expect(rvm.query().logSectorsUsed == 1)
    var log = try disk.contents("log")
    pin.abort()
    withExtendedLifetime(rvm) {}
    let records = 5 * 512
    log.replaceSubrange(records + 512..<records + 1024, with: [UInt8](repeating: 0, count: 512))
    #expect(try open(["log": log, "a": disk.contents("a")]) == nil)
  }

  @Test func randomDamageNeverTraps() throws {
    let made = try make()
    let log = try #require(made.files["log"])
    var random = Random(seed: 21)
    for _ in 0..<500 {
      var files = made.files
      var damaged = log
      for _ in 0..<1 + random.below(6) {
        let start = random.below(log.count)
        for byte in start..<min(log.count, start + 1 + random.below(40)) {
          damaged[byte] = UInt8(truncatingIfNeeded: random.next())
        }
      }
      files["log"] = damaged
      if let found = try open(files) { #expect(found >= made.applied && found <= made.committed) }
    }
  }

  /// Records that are sealed by right checksums and make no sense inside.
  @Test func sealedNonsenseIsRefused() throws {
    let made = try make()
    let log = try #require(made.files["log"])
    let first = try #require(made.batchOfSector.firstIndex(of: 0))
    let start = (5 + first) * 512
    var random = Random(seed: 22)
    for _ in 0..<3000 {
      var damaged = log
      for _ in 0..<1 + random.below(3) {
        // Generation and position stay; the rest of the stamp and the record change.
        let byte = start + (random.below(4) == 0 ? 20 + random.below(12) : 32 + random.below(48))
        damaged[byte] = [0, 1, 0x7f, 0x80, 0xff, UInt8(truncatingIfNeeded: random.next())][random.below(6)]
      }
      damaged.replaceSubrange(
        start..<start + 8, with: FormatBytes.checksum(Array(damaged[start + 8..<start + 512])))
      var files = made.files
      files["log"] = damaged
      let disk = FaultDisk()
      for (name, bytes) in files { try disk.replace(name, with: bytes) }
      do { _ = try RVM.open(disk) } catch {
        switch error {
        case .logDamaged: #expect(try disk.contents("log") == damaged)
        default: Issue.record("\(error)")
        }
      }
    }
  }
}
