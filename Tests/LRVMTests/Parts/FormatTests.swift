import Testing

@testable import LRVM

@Suite struct FormatTests {
  @Test(arguments: [LogShape(), LogShape(recordSectors: 4, sectorLength: 4096, statusLength: 8192)])
  func aHeaderComesBackAndEveryDamageIsFound(_ shape: LogShape) throws {
    var buffer = ByteBuffer()
    LogHeader.encode(shape, into: &buffer)
    #expect(buffer.count == 2 * shape.sectorLength)
    #expect(LogHeader.decode(buffer) == .shape(shape))
    let bytes = (0..<buffer.count).map { buffer.load(UInt8.self, at: $0) }
    #expect(bytes.prefix(shape.sectorLength) == bytes.suffix(shape.sectorLength))
    for byte in 0..<LogHeader.length {
      for bit in 0..<8 {
        let old = buffer.load(UInt8.self, at: byte)
        buffer.store(old ^ 1 << UInt8(bit), at: byte)
        #expect(LogHeader.decode(buffer) == .none(isBegun: byte >= 8), "byte \(byte), bit \(bit)")
        buffer.store(old, at: byte)
      }
    }
  }

  @Test func aHeaderOfAnotherVersionOrShapeIsNamed() throws {
    var buffer = ByteBuffer()
    LogHeader.encode(LogShape(), into: &buffer)
    buffer.store(2 as UInt32, at: 8)
    buffer.store(buffer.checksum(of: 0..<32, seed: 0), at: 32)
    #expect(LogHeader.decode(buffer) == .otherVersion(2))
    for (offset, value) in [(12, 1000), (16, 100), (24, 3), (28, UInt32.max)] as [(Int, UInt32)] {
      LogHeader.encode(LogShape(), into: &buffer)
      buffer.store(value, at: offset)
      buffer.store(buffer.checksum(of: 0..<32, seed: 0), at: 32)
      guard case .nonsense = LogHeader.decode(buffer) else {
        Issue.record("\(value) at \(offset) was taken")
        continue
      }
    }
  }

  @Test func aStatusBlockComesBackAndEveryDamageIsFound() {
    var block = StatusBlock()
    block.counter = 7
    block.generation = 3
    block.generationMax = 4
    block.headPosition = 1 << 40
    block.headSequence = 99
    block.durableEnd = 1 << 41
    block.segments = [.init(name: "a", length: 4096), .init(name: "dir/é", length: 1 << 40)]
    var buffer = ByteBuffer()
    block.encode(into: &buffer, sectorLength: 512)
    #expect(buffer.count == 512)
    #expect(StatusBlock.decode(buffer.bytes) == block)
    for byte in 0..<block.usedLength {
      for bit in 0..<8 {
        let old = buffer.load(UInt8.self, at: byte)
        buffer.store(old ^ 1 << UInt8(bit), at: byte)
        #expect(StatusBlock.decode(buffer.bytes) == nil, "byte \(byte), bit \(bit)")
        buffer.store(old, at: byte)
      }
    }
  }

  @Test func aStatusBlockWithNumbersThatNobodyCountsToIsRefused() {
    for change in [
      { $0.counter = 1 << 62 }, { $0.generation = .max }, { $0.headPosition = .max },
      { $0.headSequence = .max }, { $0.generationMax = 0 }, { $0.generationMax = .max },
      { $0.headPosition = 1 }, { $0.durableEnd = .max },
    ] as [(inout StatusBlock) -> Void] {
      var block = StatusBlock()
      change(&block)
      var buffer = ByteBuffer()
      block.encode(into: &buffer, sectorLength: 512)
      #expect(StatusBlock.decode(buffer.bytes) == nil)
    }
  }

  @Test func aStampComesBackAndEveryDamageIsFound() {
    var buffer = ByteBuffer()
    buffer.resize(to: 512)
    buffer.fill(0..<512, with: 0x5a)
    let stamp = SectorStamp(
      position: 12345, generation: 6, sectorInBatch: 3, batchSectors: 9, usedBytes: 480)
    stamp.seal(&buffer, sectorAt: 0, sectorLength: 512)
    #expect(SectorStamp.verify(buffer.bytes) == stamp)
    #expect(stamp.batchStart == 12342 && stamp.batchEnd == 12351 && !stamp.isLastOfBatch)
    for byte in 0..<512 {
      let old = buffer.load(UInt8.self, at: byte)
      for value in [old ^ 1, old ^ 0x80, 0, 0xff] where value != old {
        buffer.store(value, at: byte)
        #expect(SectorStamp.verify(buffer.bytes) == nil)
      }
      buffer.store(old, at: byte)
    }
    buffer.fill(0..<512, with: 0)
    #expect(SectorStamp.verify(buffer.bytes) == nil)
  }

  @Test func aStampThatMakesNoSenseIsRefusedUnderARightChecksum() {
    let stamp = SectorStamp(
      position: 5, generation: 6, sectorInBatch: 3, batchSectors: 9, usedBytes: 480)
    for change in [
      { $0.usedBytes = 481 }, { $0.sectorInBatch = 9 }, { $0.batchSectors = 0 }, { $0.position = 2 },
      { $0.position = .max },
    ] as [(inout SectorStamp) -> Void] {
      var buffer = ByteBuffer()
      buffer.resize(to: 512)
      buffer.fill(0..<512, with: 0)
      var changed = stamp
      change(&changed)
      changed.seal(&buffer, sectorAt: 0, sectorLength: 512)
      #expect(SectorStamp.verify(buffer.bytes) == nil, "\(changed)")
    }
  }

  @Test func shapesThatMakeNoSenseAreRefused() {
    for shape in [
      LogShape(recordSectors: 3), LogShape(recordSectors: -1), LogShape(recordSectors: Int.max),
      LogShape(sectorLength: 0), LogShape(sectorLength: 1024), LogShape(statusLength: 0),
      LogShape(statusLength: 100), LogShape(statusLength: 1 << 30),
      LogShape(sectorLength: 4096, statusLength: 512),
    ] { #expect(shape.problem != nil) }
    #expect(LogShape(recordSectors: 4, statusLength: 512).problem == nil)
  }
}
