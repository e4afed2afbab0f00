import FaultFS
import LRVM

/// A run of LRVM that filled its log with committed transactions and was about to sync the last batch of them.
///
/// So the crash states are all combinations of that batch's sectors, and each makes recovery read the whole log and
/// apply it to the segment.
struct RecordedRun {
  static let logName = "log"
  static let segmentName = "segment"
  static let sectorLength = 512

  let window: CrashWindow
  let segmentLength: Int
  /// The states of the last crash point at which something was not synced.
  private(set) var states: [CrashState] = []
  /// The hashes of the segment with all but the last batch, and with each transaction of it besides.
  private(set) var legalHashes: [UInt64] = []

  /// One range of a transaction.
  private struct Write {
    var offset: Int
    var bytes: [UInt8]
  }

  /// The most sectors that a batch takes: two and what the last transaction adds.
  private static let batchSectorsMax = 3
  private static let batchBytes = 600
  private static let rangesPerTransaction = 2

  init(logSectors: Int, segmentLength: Int) throws {
    self.segmentLength = segmentLength
    let disk = FaultDisk()
    try RVM.createLog(
      Self.logName,
      shape: LogShape(
        recordSectors: logSectors, sectorLength: Self.sectorLength, statusLength: Self.sectorLength), on: disk
    )
    try RVM.createSegment(Self.segmentName, length: segmentLength, on: disk)
    let options = Options(truncationDriver: .stepped, truncationThreshold: 1)
    let rvm = try RVM(log: Self.logName, on: disk, options: options)
    let region = try rvm.map(Self.segmentName)
    var image = [UInt8](repeating: 0, count: segmentLength)
    var random = ParkMiller()
    while rvm.query().logSectorsUsed + Self.batchSectorsMax <= logSectors {
      legalHashes = [Self.hash(image)]
      while rvm.query().spooledBytes < Self.batchBytes {
        let transaction = try rvm.begin(.noRestore)
        for _ in 0..<Self.rangesPerTransaction {
          let write = Self.draw(&random, segmentLength)
          try unsafe transaction.modify(region, at: write.offset, with: write.bytes.span.bytes)
          image.replaceSubrange(write.offset..<write.offset + write.bytes.count, with: write.bytes)
        }
        try transaction.commit(.noFlush)
        legalHashes.append(Self.hash(image))
      }
      try rvm.flush()
    }
    window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint - 1)
    window.forEachState { states.append($0) }
  }

  private static func draw(_ random: inout ParkMiller, _ segmentLength: Int) -> Write {
    let length = 32 + random.below(193)
    let offset = random.below(segmentLength - length)
    return Write(offset: offset, bytes: (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) })
  }

  private static func hash(_ image: [UInt8]) -> UInt64 {
    var hash: UInt64 = 0
    for block in 0..<(image.count + BlockHash.blockLength - 1) / BlockHash.blockLength {
      let start = block * BlockHash.blockLength
      let end = min(start + BlockHash.blockLength, image.count)
      hash ^= unsafe BlockHash.block(image.span.bytes.extracting(start..<end), stream: 0, block: block)
    }
    return hash
  }

  /// Recovers every state and judges it; how many there were.
  func recoverAll() throws -> Int {
    for state in states {
      try window.withDisk(showing: state, keepsVersions: false) { disk in
        try RVM.recover(log: Self.logName, on: disk)
        guard let content = disk.content(of: Self.segmentName, stream: 0), content.size == segmentLength,
          legalHashes.contains(content.hash)
        else { fatalError("the state \(state) recovered to something that was never committed") }
      }
    }
    return states.count
  }
}

/// The same numbers in every run: the generator of Park and Miller.
struct ParkMiller {
  private var state: UInt64 = 1

  mutating func next() -> UInt64 {
    state = state * 48271 % 2_147_483_647
    return state
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
