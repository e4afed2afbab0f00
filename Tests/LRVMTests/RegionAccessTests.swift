import FaultFS
import LRVM
import Testing

/// What cannot be read ends the program, with the place that was asked for.
@Suite struct RegionAccessTests {
  enum Access: String, CaseIterable, Codable {
    case load, read, readString, withBytes, bytes

    func make(_ region: Region, at offset: Int) {
      switch self {
      case .load: _ = region.load(UInt64.self, at: offset)
      case .read: _ = region.read(8, at: offset)
      case .readString: _ = region.readString(8, at: offset)
      case .withBytes: region.withBytes { _ in }
      case .bytes: _ = unsafe region.bytes
      }
    }
  }

  private static let place =
    "of the region at byte 4096 of segment 'a', which has 4096 bytes, were read: they lie "

  @Test(arguments: Access.allCases) func aRegionThatWasUnmappedIsNotRead(_ access: Access) async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [access = access as Access] in
      let rvm = try RVM.open(try SmallLog.disk())
      let region = try rvm.map("a", offset: 4096)
      access.make(region, at: 16)
      try rvm.unmap(region)
      region.prefetch(offset: 16, length: 8)
      access.make(region, at: 16)
    }
    let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    let bytes = access == .withBytes || access == .bytes ? "4096 bytes at 0" : "8 bytes at 16"
    #expect(message.contains("\(bytes) \(Self.place)of a region that was unmapped"))
  }

  @Test(arguments: [-1, 4089, .max, .min]) func noRegionIsReadOutsideIt(_ offset: Int) async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [offset = offset as Int] in
      let region = try RVM.open(try SmallLog.disk()).map("a", offset: 4096)
      _ = region.load(UInt64.self, at: offset)
    }
    let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(message.contains("8 bytes at \(offset) \(Self.place)outside it"))
  }

  /// The memory of a region outlives the RVM that mapped it.
  @Test func whatWasMappedToTheEndIsRead() throws {
    let rvm = try RVM.open(try SmallLog.disk())
    let region = try rvm.map("a")
    try rvm.put(5, in: region, at: 8)
    try rvm.terminate()
    #expect(region.load(UInt64.self, at: 8) == 5)
  }
}
