import FaultFS
import LRVM
import Storage
import Testing

@Suite struct CheckedModeTests {
  private func open() throws -> RVM {
    try RVM.open(try SmallLog.disk(segments: ["a", "b"]), .stepped(isChecked: true))
  }

  private func poke(_ region: Region, _ offset: Int, _ value: UInt8) {
    let bytes = unsafe region.bytes
    unsafe bytes[offset] = value
  }

  @Test func aStoreOutsideEveryDeclaredRangeIsNamed() throws {
    let rvm = try open()
    _ = try rvm.map("a")
    let region = try rvm.map("b", offset: 4096)
    let transaction = try rvm.begin()
    try transaction.store(1 as UInt64, in: region, at: 100)
    for offset in 110..<113 { poke(region, offset, 9) }
    var thrown: RVMError?
    do { try transaction.commit() } catch { thrown = error }
    #expect(thrown == .undeclaredStore(segment: "b", offset: 4096 + 110, length: 3))
    // It was aborted.
    #expect(region.load(UInt64.self, at: 100) == 0)
    #expect(rvm.query().statistics.recordsWritten == 0)
    #expect(rvm.query().openTransactions == 0)
  }

  @Test(arguments: [(0, 1), (99, 1), (108, 1), (4095, 1), (92, 8), (108, 100)])
  func placesAtTheEdgesAreFound(_ offset: Int, _ length: Int) throws {
    let rvm = try open()
    let region = try rvm.map("a", offset: 0, length: 4096)
    let transaction = try rvm.begin()
    try transaction.store(1 as UInt64, in: region, at: 100)
    for index in 0..<length { poke(region, offset + index, 1) }
    var thrown: RVMError?
    do { try transaction.commit(.noFlush) } catch { thrown = error }
    #expect(thrown == .undeclaredStore(segment: "a", offset: offset, length: length))
  }

  @Test func rangesOfOtherOpenTransactionsAreNoFalseAlarm() throws {
    let rvm = try open()
    let region = try rvm.map("a")
    let other = try rvm.begin()
    try other.store(UInt64.max, in: region, at: 200)
    try rvm.put(1, in: region, at: 0)
    try other.commit()
    let abandoned = try rvm.begin(.noRestore)
    try abandoned.store(UInt64.max, in: region, at: 300)
    abandoned.abort()
    let restored = try rvm.begin()
    try restored.store(UInt64.max, in: region, at: 400)
    restored.abort()
    try rvm.put(2, in: region, at: 8)
  }

  @Test func theApplicationCanDeclareLateAndGoOn() throws {
    let rvm = try open()
    let region = try rvm.map("a")
    poke(region, 5, 5)
    var thrown: RVMError?
    do { try rvm.begin().commit() } catch { thrown = error }
    #expect(thrown == .undeclaredStore(segment: "a", offset: 5, length: 1))
    let transaction = try rvm.begin()
    try transaction.setRange(region, offset: 5, length: 1)
    try transaction.commit()
    try rvm.put(1, in: region, at: 8)
    #expect(region.contents[5] == 5)
  }

  @Test func withoutItNothingIsLookedFor() throws {
    let rvm = try RVM.open(try SmallLog.disk())
    let region = try rvm.map("a")
    poke(region, 5, 5)
    try rvm.put(1, in: region, at: 8)
  }
}
