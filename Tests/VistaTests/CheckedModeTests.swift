import PersistentMemory
import RecoverableHeap
import Testing

@testable import Vista

/// Stores outside every declared range.
@Suite struct CheckedModeTests {
  private let folder: MemoryFolder
  private let vista: Vista
  private let region: Region

  init() throws {
    folder = try MemoryFolder()
    let storage = try folder.storage()
    try Vista.createLog("log", on: storage)
    try Vista.createSegment("segment", length: 8 * Vista.pageLength, on: storage)
    vista = try Vista(log: "log", on: storage, options: Options(isChecked: true))
    region = try vista.map("segment")
  }

  @Test func anUndeclaredStoreIsFoundPutBackAndEndsTheTransaction() throws {
    let transaction = try vista.begin()
    try transaction.store(UInt64(1), in: region, at: 0)
    unsafe region.bytes.storeBytes(of: 0x0505, toByteOffset: 5000, as: UInt16.self)
    #expect(
      Refusal.commit(transaction) == .undeclaredStore(segment: "segment", offset: 5000, length: 2))
    #expect(region.image == [UInt8](repeating: 0, count: region.length))
    #expect(vista.openTransactions == 0)
  }

  @Test func declaredStoresOfAllOpenTransactionsPass() throws {
    let first = try vista.begin()
    let second = try vista.begin()
    try first.setRange(region, offset: 10, length: 4)
    try second.setRange(region, offset: 5000, length: 4)
    unsafe region.bytes.storeBytes(of: 1, toByteOffset: 10, as: UInt8.self)
    unsafe region.bytes.storeBytes(of: 2, toByteOffset: 5000, as: UInt8.self)
    try first.commit()
    second.abort()
    let third = try vista.begin()
    try third.store(UInt8(3), in: region, at: 10)
    try third.commit()
    #expect(region.load(UInt8.self, at: 10) == 3)
    #expect(region.load(UInt8.self, at: 5000) == 0)
  }

  @Test func aHeapsOwnStoresPass() throws {
    try Heap.create(in: region)
    let heap = try Heap(in: region)
    let transaction = try vista.begin()
    let block = try heap.allocate(100, by: transaction)
    try heap.store(UInt64(1), at: block, by: transaction)
    try transaction.commit()
    let second = try vista.begin()
    try heap.free(block, by: second)
    try second.commit()
    #expect(try heap.check(reachable: []).isClean)
  }
}
