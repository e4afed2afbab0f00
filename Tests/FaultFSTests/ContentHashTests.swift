import FaultFS
import SeededRandom
import Storage
import Testing

/// The hashes that a disk keeps as its files change, against hashes of all bytes.
@Suite struct ContentHashTests {
  private static let names = ["a", "b", "c", "d/x", "d/y"]

  private func expectHashes(of disk: FaultDisk) throws {
    for (stream, name) in Self.names.enumerated() {
      let content = disk.content(of: name, stream: stream)
      guard let file = try? disk.open(name, .readOnly) else {
        #expect(content == nil)
        continue
      }
      let bytes = try file.read(try file.size(), at: 0)
      var hash: UInt64 = 0
      for start in Swift.stride(from: 0, to: bytes.count, by: BlockHash.blockLength) {
        let end = min(start + BlockHash.blockLength, bytes.count)
        let block = unsafe bytes.span.bytes.extracting(start..<end)
        hash ^= BlockHash.block(block, stream: stream, block: start / BlockHash.blockLength)
      }
      #expect(content?.size == bytes.count)
      #expect(content?.hash == hash)
    }
  }

  @Test(arguments: 1...20) func theyFollowEveryChangeAndItsUndoing(seed: Int) throws {
    var generator = SplitMix64(seed: UInt64(seed))
    let disk = FaultDisk(profile: .posix.tearing(grainBytes: 1))
    var calls = RandomCalls(seed: generator.next())
    for _ in 0..<10 {
      try calls.make(3, on: disk)
      try expectHashes(of: disk)
    }
    let window = CrashWindow(over: disk)
    for point in 0...window.lastPoint {
      window.advance(to: point)
      let state = window.state { _, candidates in
        CrashState.Choice(candidates.lowerBound + generator.below(candidates.count))
      }
      for state in [state, window.everythingKept, window.nothingKept] {
        try window.withDisk(showing: state) { inner in
          try expectHashes(of: inner)
          var calls = RandomCalls(seed: generator.next())
          try calls.make(5, on: inner)
          try expectHashes(of: inner)
          let nested = CrashWindow(over: inner)
          nested.advance(to: nested.lastPoint)
          try nested.withDisk(showing: nested.nothingKept) { try expectHashes(of: $0) }
        }
      }
    }
  }

  @Test func exchangedBlocksAndFilesShow() throws {
    let one = [UInt8](repeating: 1, count: 512)
    let two = [UInt8](repeating: 2, count: 512)
    func hash(_ bytes: [UInt8], stream: Int, block: Int) -> UInt64 {
      BlockHash.block(unsafe bytes.span.bytes, stream: stream, block: block)
    }
    #expect(
      hash(one, stream: 0, block: 0) ^ hash(two, stream: 0, block: 1)
        != hash(two, stream: 0, block: 0) ^ hash(one, stream: 0, block: 1))
    #expect(hash(one, stream: 0, block: 0) != hash(one, stream: 1, block: 0))
  }
}
