import FaultFS
import Storage
import Testing

@testable import LRVM

/// The format allows a reader to walk from the log's end to its head: each sector says where its first record starts.
@Suite struct WalkBackTests {
  /// The sequence numbers of the records before `end`, newest first, found from the end backward.
  private func sequencesBackward(
    _ file: any StorageFile, _ shape: LogShape, from end: UInt64, to head: UInt64
  ) throws -> [UInt64] {
    var found: [UInt64] = []
    // The payloads from the present sector to the end: a record may go on in sectors that were passed before.
    var payloads: [UInt8] = []
    for position in (head..<end).reversed() {
      let bytes = try file.read(shape.sectorLength, at: shape.fileOffset(of: position))
      var sector = ByteBuffer()
      for byte in bytes { sector.append(byte) }
      guard let stamp = SectorStamp.verify(sector, sectorAt: 0, sectorLength: shape.sectorLength) else {
        Issue.record("the sector at position \(position) does not verify itself")
        return found
      }
      let payload = bytes[SectorStamp.length..<SectorStamp.length + stamp.usedBytes]
      payloads = payload + payloads
      var stream = ByteBuffer()
      for byte in payloads { stream.append(byte) }
      var here: [UInt64] = []
      var start = stamp.firstRecord == SectorStamp.noRecord ? payload.count : Int(stamp.firstRecord)
      while start < payload.count {
        let header = Record.Header.load(from: stream, at: start)
        here.append(header.sequence)
        start += header.length
      }
      found += here.reversed()
    }
    return found
  }

  @Test func recordsAreFoundBackwardAsForward() throws {
    let disk = try SmallLog.disk()
    let rvm = try RVM.open(disk)
    let region = try rvm.map("a")
    var random = Random(seed: 3)
    for turn in 0..<60 {
      let transaction = try rvm.begin()
      let length = 1 + random.below(900)
      try transaction.modify(
        region, at: random.below(4096), with: [UInt8](repeating: UInt8(turn), count: length))
      try transaction.commit(turn % 3 == 0 ? .flush : .noFlush)
    }
    try rvm.terminate()
    let file = try disk.open("log", .readOnly)
    let log = try LogFile(opening: "log", on: disk)
    var scan = LogScan(log.file, log.shape, log.status)
    try scan.run()
    let forward = scan.liveRecords.map(\.sequence)
    #expect(forward.count > 3)
    let backward = try sequencesBackward(
      file, log.shape, from: scan.end.position, to: log.status.headPosition)
    #expect(backward == forward.reversed())
  }
}
