import CAllocations
import PersistentMemory
import Testing

@testable import Vista

/// Once it has run, the path of a transaction takes no memory of the process.
///
/// Where the compiler does not optimize, it takes some itself for the frames of accessors, and gives it back: there the test sees
/// that none is kept.
@Suite struct AllocationTests {
  private static let rounds = 300

  private func run(_ vista: Vista, _ region: Region, isCommitted: Bool) throws {
    for round in 0..<Self.rounds {
      let other = try vista.begin()
      let transaction = try vista.begin()
      try other.store(UInt64(round), in: region, at: 0)
      for range in 0...round % 8 {
        try transaction.store(UInt64(round), in: region, at: 4096 + (round * 5 + range * 7) % 60_000)
      }
      // More than a slot's own chunk.
      if round % 50 == 0 { try transaction.setRange(region, offset: 70_000, length: 20_000) }
      if isCommitted {
        try transaction.commit()
        try other.commit()
      } else {
        transaction.abort()
        other.abort()
      }
    }
  }

  @Test(arguments: [MappedMemory.Permanence.stores, .lines]) func noneOnceItHasRun(
    _ permanence: MappedMemory.Permanence
  ) throws {
    let folder = try MemoryFolder()
    let storage = try folder.storage(permanence: permanence)
    try Vista.createLog("log", on: storage)
    try Vista.createSegment("segment", length: 64 * Vista.pageLength, on: storage)
    let vista = try Vista(log: "log", on: storage)
    let region = try vista.map("segment")
    for isCommitted in [true, false] {
      try run(vista, region, isCommitted: isCommitted)
      let kept = callocations_kept_by_this_thread()
      #if !DEBUG
        let taken = callocations_of_this_thread()
      #endif
      try run(vista, region, isCommitted: isCommitted)
      // Both before an expectation, which may keep something itself.
      let keptNow = callocations_kept_by_this_thread()
      #if !DEBUG
        let takenNow = callocations_of_this_thread()
        #expect(takenNow == taken)
      #endif
      #expect(keptNow == kept)
    }
    #expect(vista.openTransactions == 0)
  }
}
