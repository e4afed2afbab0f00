import PersistentMemory
import Testing

@testable import Vista

@Suite struct RecoveryTests {
  /// 10,000 records of 32 transactions, each of which is to be put back.
  @Test func manyOpenRecordsAreAllPutBack() throws {
    let folder = try MemoryFolder()
    let storage = try folder.storage()
    try Vista.createLog("log", length: 2 << 20, on: storage)
    try Vista.createSegment("segment", length: 256 * Vista.pageLength, on: storage)
    let vista = try Vista(log: "log", on: storage)
    let region = try vista.map("segment")
    for round in 0..<Vista.openTransactionsMax {
      let transaction = try vista.begin()
      let count = round == 0 ? 10_000 - 31 * 312 : 312
      for record in 0..<count {
        try transaction.store(UInt64(record + 1), in: region, at: (round * 400 + record) * 64)
      }
      Kept.keep(transaction)
    }
    let (log, segment) = (try folder.bytes("log"), try folder.bytes("segment"))
    #expect(segment.word(at: 31 * 400 * 64) == 1)
    // A copy of both files, as they are found after the process was killed.
    let copy = try MemoryFolder()
    try copy.write(log, to: "log")
    try copy.write(segment, to: "segment")
    let again = try Vista(log: "log", on: copy.storage())
    #expect(again.recovery.transactionsUndone == 32)
    #expect(again.recovery.rangesRestored == 10_000)
    #expect(try again.map("segment").image == [UInt8](repeating: 0, count: 256 * Vista.pageLength))
  }

  /// Holds transactions that nobody ends, as a process leaves them that is killed.
  private final class Kept {
    private var transaction: Transaction?
    private init(_ transaction: consuming Transaction) { self.transaction = consume transaction }
    static func keep(_ transaction: consuming Transaction) {
      _ = unsafe Unmanaged.passRetained(Kept(transaction))
    }
  }
}
