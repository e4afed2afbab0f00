import FaultFS
import Storage
import Testing

@testable import LRVM

@Suite struct LogShapeTests {
  /// A log has the sectors of its disk, unless somebody says otherwise.
  @Test(arguments: [512, 4096]) func sectorsAreThoseOfTheDisk(length: Int) throws {
    var profile = Profile.posix
    profile.sectorLength = length
    let disk = FaultDisk(profile: profile)
    let shape = LogShape(for: disk, recordBytes: 1 << 20)
    #expect(shape.sectorLength == length)
    #expect(shape.recordSectors == (1 << 20) / length)
    try RVM.createLog("log", on: disk)
    let created = try LogHeader.read(disk.open("log", .readOnly)).shape
    #expect(created == LogShape(for: disk))
    #expect(created.sectorLength == length && created.recordSectors * length == 8 << 20)
  }

  /// Memory has lines that are shorter than any sector.
  @Test func aLogOnMemoryHasTheShortestSectors() {
    #expect(LogShape(for: FaultDisk(profile: .rio)).sectorLength == 512)
  }
}
