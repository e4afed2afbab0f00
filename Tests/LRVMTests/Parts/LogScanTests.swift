import FaultFS
import Storage
import Testing

@testable import LRVM

/// What the packer writes, the scan finds again.
@Suite struct LogScanTests {
  /// Of a new log, with a segment for all that the records name.
  private static let status = StatusBlock(segments: [.init(name: "a", length: 1 << 20)])

  private func batch(_ lengths: [Int], _ random: inout Random, firstSequence: UInt64) -> Batch {
    var spool = Spool()
    for length in lengths {
      let values = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      spool.append(offset: 8 * length, values: values)
    }
    var batch = Batch()
    batch.take(&spool, ofLane: 0)
    batch.seal(firstSequence: firstSequence)
    return batch
  }

  private func write(
    _ packer: borrowing SectorPacker, _ shape: LogShape, _ position: UInt64, _ file: any StorageFile
  )
    throws
  {
    try packer.write(to: file, position: position)
  }

  /// On the real disk the scan reads many sectors at a time.
  @Test(arguments: [512, 4096], [true, false])
  func batchesOfEverySizeComeBackAtEveryPlaceOfTheRing(_ sectorLength: Int, isReal: Bool) throws {
    let shape = LogShape(recordSectors: 7, sectorLength: sectorLength, statusLength: sectorLength)
    let directory = try TemporaryDirectory()
    let disk: any Storage = isReal ? try directory.storage() : FaultDisk()
    try RVM.createLog("log", shape: shape, on: disk)
    let file = try disk.open("log", .readWrite)
    #expect((file.sequentialReadLength > shape.sectorLength) == isReal)
    var random = Random(seed: 15)
    var packer = SectorPacker(shape: shape)
    var (position, sequence) = (0 as UInt64, 1 as UInt64)
    for turn in 0..<200 {
      // One or two batches at a time; what was before them is stale.
      var status = Self.status
      (status.headPosition, status.headSequence) = (position, sequence)
      status.durableEnd = position
      let first = LogPlace(position: position, sequence: sequence)
      var last = first
      var expected: [UInt8] = []
      var lengths: [Int] = []
      for _ in 0..<1 + turn % 2 {
        let room = (shape.batchBytesMax - expected.count - lengths.count * 0) / (2 - turn % 2)
        var batchLengths: [Int] = []
        var used = 0
        for _ in 0..<1 + random.below(5) {
          // Some end exactly with a sector's payload.
          let length =
            random.below(4) == 0
            ? max(1, shape.payloadLength - 32 - used % shape.payloadLength) : 1 + random.below(400)
          if used + 32 + length > min(room, 3 * shape.payloadLength) { break }
          batchLengths.append(length)
          used += 32 + length
        }
        if batchLengths.isEmpty { batchLengths = [1] }
        let batch = batch(batchLengths, &random, firstSequence: sequence)
        last = LogPlace(position: position, sequence: sequence)
        packer.pack(batch, position: position, generation: 1)
        #expect(packer.byteCount == packer.sectorCount(bytes: batch.liveBytes) * sectorLength)
        try write(packer, shape, position, file)
        position += UInt64(packer.byteCount / sectorLength)
        sequence += UInt64(batchLengths.count)
        batch.forEachStretch { bytes, stretch in
          for index in stretch { expected.append(bytes.load(UInt8.self, at: index)) }
        }
        lengths += batchLengths
      }
      var scan = LogScan(file, shape, status)
      try scan.run()
      #expect(scan.end.place == LogPlace(position: position, sequence: sequence))
      #expect(scan.end.offset == expected.count)
      #expect(scan.lastBatch.place == last)
      #expect(scan.batchBefore == (last == first ? nil : LogScan.Bound(place: first, offset: 0)))
      #expect(scan.foundLaterSector == false)
      #expect(scan.records.map(\.length) == lengths.map { $0 + 32 })
      let found = (0..<scan.stream.count).map { scan.stream.load(UInt8.self, at: $0) }
      #expect(found == expected)
      // The same up to a limit, and not to a place where no batch ends.
      var limited = LogScan(file, shape, status)
      #expect(try limited.readWindow(to: position) == 0..<expected.count)
      #expect(limited.end.place.sequence == sequence)
      #expect(try limited.readWindow(to: position).isEmpty)
      // A later generation has begun elsewhere: nothing of this one is its own.
      status.generation = 2
      status.generationMax = 2
      var later = LogScan(file, shape, status)
      try later.run()
      #expect(later.recordCount == 0)
      // An earlier one is no status of this log.
      status.generation = 0
      status.generationMax = 0
      #expect(throws: RVMError.self) {
        var earlier = LogScan(file, shape, status)
        try earlier.run()
      }
    }
  }

  /// However little memory there is, all is checked, and the windows have all records in order.
  @Test(arguments: [1, 300, 2000, 1 << 20]) func windowsOfAnySizeHaveTheSameRecords(_ bytesMax: Int) throws {
    let shape = LogShape(recordSectors: 64, statusLength: 512)
    let disk = FaultDisk()
    try RVM.createLog("log", shape: shape, on: disk)
    let file = try disk.open("log", .readWrite)
    var random = Random(seed: 17)
    var packer = SectorPacker(shape: shape)
    var place = LogPlace(position: 0, sequence: 1)
    while place.position < 50 {
      let lengths = (0..<1 + random.below(4)).map { _ in 1 + random.below(700) }
      let batch = batch(lengths, &random, firstSequence: place.sequence)
      packer.pack(batch, position: place.position, generation: 1)
      try write(packer, shape, place.position, file)
      place.position += UInt64(packer.byteCount / 512)
      place.sequence += UInt64(lengths.count)
    }
    var whole = LogScan(file, shape, Self.status)
    try whole.run()
    #expect(whole.isWhole && whole.end.place == place)
    var scan = LogScan(file, shape, Self.status, bytesMax: bytesMax)
    try scan.run()
    #expect(scan.isWhole == (bytesMax > 50 * 512))
    #expect(scan.end.place == place && scan.recordCount == whole.recordCount)
    var windows = LogScan(rereading: scan, from: scan.start.place)
    var (found, count): ([UInt8], Int) = ([], 0)
    while true {
      let window = try windows.readWindow(to: place.position)
      if window.isEmpty { break }
      count += 1
      found += window.map { windows.stream.load(UInt8.self, at: $0) }
      // One record more than fits, and the beginning of another.
      #expect(window.count <= bytesMax + 2000)
    }
    #expect((count == 1) == scan.isWhole)
    #expect(found == (0..<whole.stream.count).map { whole.stream.load(UInt8.self, at: $0) })
  }

  @Test func aBatchThatLacksASectorIsLeftOutWhole() throws {
    let shape = LogShape(recordSectors: 16, statusLength: 512)
    for lost in 0..<4 as Range<UInt64> {
      let disk = FaultDisk()
      try RVM.createLog("log", shape: shape, on: disk)
      let file = try disk.open("log", .readWrite)
      var random = Random(seed: 16)
      var packer = SectorPacker(shape: shape)
      packer.pack(batch([100], &random, firstSequence: 1), position: 0, generation: 1)
      try write(packer, shape, 0, file)
      packer.pack(batch([900, 700], &random, firstSequence: 2), position: 1, generation: 1)
      try write(packer, shape, 1, file)
      let sector = try file.read(512, at: shape.fileOffset(of: 1 + lost))
      for damage in [0, 0xa5] as [UInt8] {
        try file.write([UInt8](repeating: damage, count: 512), at: shape.fileOffset(of: 1 + lost))
        var scan = LogScan(file, shape, Self.status)
        try scan.run()
        #expect(scan.records.map(\.sequence) == [1])
        #expect(scan.end.place.position == 1)
        #expect(scan.foundLaterSector == true)
        // Nor can it be applied where it is known to have been written.
        #expect(throws: RVMError.self) {
          var scan = LogScan(file, shape, Self.status)
          _ = try scan.readWindow(to: 5)
        }
      }
      // A status block that knows better, or a batch after it, shows that the sector was there.
      var status = Self.status
      status.durableEnd = 5
      #expect(throws: RVMError.self) {
        var scan = LogScan(file, shape, status)
        try scan.run()
      }
      packer.pack(batch([10], &random, firstSequence: 4), position: 5, generation: 1)
      try write(packer, shape, 5, file)
      #expect(throws: RVMError.self) {
        var scan = LogScan(file, shape, Self.status)
        try scan.run()
      }
      try file.write(sector, at: shape.fileOffset(of: 1 + lost))
      var whole = LogScan(file, shape, status)
      try whole.run()
      #expect(whole.end.place == LogPlace(position: 6, sequence: 5))
    }
  }
}

extension LogScan {
  /// The records of complete batches.
  var records: [Record.Header] {
    var found: [Record.Header] = []
    var start = 0
    while start < end.offset {
      found.append(Record.Header.load(from: stream, at: start))
      start += found[found.count - 1].length
    }
    return found
  }
}
