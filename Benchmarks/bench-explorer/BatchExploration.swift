import BigInt
import FaultFS
import LRVM
import Storage
import TortureCore

/// Explores exhaustively what a crash may leave of one long batch of LRVM that was written and not synced: every combination
/// of its sectors.
enum BatchExploration {
  private static let segmentName = "segment"
  private static let logName = "log"

  static func measure(sectors: Int) throws -> BatchCoverage {
    let (wall, processor) = (Clocks.wall(), Clocks.processor())
    let whole = try explore(sectors: sectors, profile: .posix, tears: nil)
    let seconds = Clocks.wall() - wall
    let processorSeconds = Clocks.processor() - processor
    let torn = try explore(
      sectors: sectors, profile: .posix.tearing(grainBytes: 8), tears: TearChoices(garbageSeed: 1))
    return BatchCoverage(
      sectors: sectors, seconds: seconds, processorSeconds: processorSeconds, executed: whole.executed,
      executedWithTears: torn.executed, covered: String(whole.covered))
  }

  /// Recording the batch is part of it.
  private static func explore(
    sectors: Int, profile: Profile, tears: TearChoices?
  ) throws -> (executed: Int, covered: BigUInt) {
    let disk = FaultDisk(profile: profile)
    // The batch is copied by recovery, which takes at most half of the ring.
    let shape = LogShape(recordSectors: 3 * sectors, statusLength: RecordedRun.sectorLength)
    try RVM.createLog(logName, shape: shape, on: disk)
    try RVM.createSegment(segmentName, length: sectors * RecordedRun.sectorLength, on: disk)
    let rvm = try RVM(log: logName, on: disk, options: Options(truncationDriver: .stepped))
    let region = try rvm.map(segmentName)
    var random = ParkMiller()
    var legalHashes = [try hash(of: disk)]
    for count in [1, sectors] {
      // As many bytes as fill the sectors but for part of the last, with what the log says of them.
      let length = count * (RecordedRun.sectorLength - 32) - 100
      let bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      let transaction = try rvm.begin(.noRestore)
      try unsafe transaction.modify(region, at: 0, with: bytes.span.bytes)
      try transaction.commit()
      legalHashes.append(try expectedHash(bytes, sectors))
    }
    let window = CrashWindow(over: disk)
    // The batch's sync is in flight.
    window.advance(to: window.lastPoint - 1)
    let legal = window.stateCount(as: BigUInt.self) ?? 0
    guard window.openCells.count == sectors, legal == BigUInt(1) << sectors else {
      fatalError(
        "a batch of \(sectors) sectors has \(window.openCells.count) unsynced cells, \(legal) states")
    }
    let stack = ChoiceStack()
    var (executed, covered) = (0, BigUInt(0))
    repeat {
      try window.withDisk(resolvingBy: stack, tears: tears, keepsVersions: false) { disk in
        try RVM.recover(log: logName, on: disk)
        if !legalHashes.dropFirst().contains(try hash(of: disk)) {
          fatalError("a crash state of a batch of \(sectors) sectors recovered to something else")
        }
      }
      guard let states = window.resolution.coveredStates(as: BigUInt.self)?.untorn else {
        fatalError("the states of a course of a batch of \(sectors) sectors cannot be counted")
      }
      covered += states
      executed += 1
    } while stack.next()
    guard covered == legal else { fatalError("covered \(covered) of \(legal) states") }
    return (executed, covered)
  }

  private static func hash(of disk: FaultDisk) throws -> UInt64 {
    guard let content = disk.content(of: segmentName, stream: 0) else { fatalError("the segment is gone") }
    return content.hash
  }

  /// The hash of a segment that holds `bytes`, and zeros behind them.
  private static func expectedHash(_ bytes: [UInt8], _ sectors: Int) throws -> UInt64 {
    let disk = FaultDisk()
    let file = try disk.open(segmentName, .createNew)
    try file.allocate(sectors * RecordedRun.sectorLength)
    try file.write(bytes, at: 0)
    return try hash(of: disk)
  }
}
