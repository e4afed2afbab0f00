import Testing

@testable import TortureFailures

@Suite struct FileViewTests {
  @Test func theFirstDifferenceIsCounted() {
    let view = FileView(name: "a", seen: [0, 1, 2, 3, 4], synced: [0, 9, 2, 8])
    #expect(view.seenLength == 5 && view.syncedLength == 4)
    #expect(view.difference == FileView.Difference(offset: 1, count: 3, seen: "01020304", synced: "090208"))
  }

  @Test func whatOnlyOneHasDiffers() {
    #expect(
      FileView(name: "a", seen: [1, 2], synced: nil).difference
        == FileView.Difference(offset: 0, count: 2, seen: "0102", synced: ""))
    #expect(
      FileView(name: "a", seen: [1], synced: [1, 2, 3]).difference
        == FileView.Difference(offset: 1, count: 2, seen: "", synced: "0203"))
    #expect(FileView(name: "a", seen: [], synced: nil).difference == nil)
    #expect(FileView(name: "a", seen: [1, 2], synced: [1, 2]).difference == nil)
  }

  @Test func aLongDifferenceIsCutShort() {
    let view = FileView(
      name: "a", seen: [UInt8](repeating: 1, count: 100), synced: [UInt8](repeating: 2, count: 100))
    #expect(view.difference?.count == 100)
    #expect(view.difference?.seen == String(repeating: "01", count: 16))
  }
}
