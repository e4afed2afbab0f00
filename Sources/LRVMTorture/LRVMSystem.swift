internal import LRVM
public import Storage
internal import SystemPackage
public import TortureCore

/// LRVM as a system under test: each segment mapped whole, in one region.
///
/// A third of the log's record area is what a transaction may take, counted the way that the log spends it: a record costs
/// 16 bytes, and a range 16 and its bytes, padded to 8. Nothing is taken off for ranges that overlap, since a log without
/// optimizations writes all of them.
public final class LRVMSystem: SystemUnderTest {
  /// The name of the log's file in every scenario; no segment may take it.
  static let logName = "log"

  let rvm: RVM
  let segments: [SegmentOptions]
  private var regions: [Region] = []
  /// Where clients are threads, the regions of each: its part of every segment.
  var parts: [[Region]] = []
  private var transactions = OpenTransactions<Transaction>()

  init(_ rvm: RVM, _ segments: [SegmentOptions]) {
    self.rvm = rvm
    self.segments = segments
  }

  public static func traits(for scenario: Scenario) -> SystemTraits {
    SystemTraits(
      clientsMax: 16, commitsWithoutFlush: true,
      stepsPerOperation: scenario.system.truncationStepsPerOperation,
      uncheckedFiles: scenario.segments.map(\.name), tellsDamageFromTornTail: true,
      budget: TransactionBudget(
        bytes: max(1, scenario.log.recordSectors / 3) * scenario.log.shape.payloadLength - 16,
        bytesPerRange: 16,
        alignment: 8))
  }

  public static func create(on storage: any Storage, for scenario: Scenario) throws {
    for segment in scenario.segments {
      try unlessThere { try RVM.createSegment(segment.name, length: segment.length, on: storage) }
    }
    try unlessThere { try RVM.createLog(logName, shape: scenario.log.shape, on: storage) }
  }

  /// A file that is there was created whole: that is what `RVM` promises of a creation that was cut off.
  private static func unlessThere(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch RVMError.storage(_, let error) where error.cause == .errno(.fileExists) {
      return
    }
  }

  public static func open(on storage: any Storage, for scenario: Scenario) throws -> Self {
    let system = Self(
      try RVM(log: logName, on: storage, options: options(of: scenario)), scenario.segments)
    for segment in scenario.segments { system.regions.append(try system.rvm.map(segment.name)) }
    return system
  }

  /// With truncation driven by the harness.
  static func options(of scenario: Scenario) -> Options {
    Options(
      truncationDriver: .stepped,
      truncationMethod: scenario.system.truncation == .epoch ? .epoch : .incremental,
      logWrites: scenario.system.writesLogDurably ? .durable : .buffered,
      truncationThreshold: scenario.system.truncationThreshold,
      spoolBytesMax: scenario.system.spoolLimit,
      isChecked: scenario.system.checked,
      intraTransactionOptimization: scenario.system.optimizations,
      interTransactionOptimization: scenario.system.optimizations)
  }

  public static let recoveryMarks = [
    "records recovered", "end of the log moved by recovery", "batch left out by recovery",
    "status block found torn",
  ]

  public static func recover(on storage: any Storage, for scenario: Scenario) throws -> Recovered {
    let summary = try RVM.recover(log: logName, on: storage)
    var marks: UInt64 = summary.recordsRecovered > 0 ? 1 : 0
    if summary.hasMovedLastBatch { marks |= 2 }
    if summary.hasLeftOutLastBatch { marks |= 4 }
    if summary.statusBlocksFoundDamaged > 0 { marks |= 8 }
    return Recovered(isInFiles: true, marks: marks)
  }

  public func perform(_ operation: Operation) throws {
    switch operation {
    case .begin(let client, let restore):
      transactions.begin(client, try rvm.begin(restore ? .restore : .noRestore))
    case .write(let client, let segment, let offset, let bytes):
      try transactions.use(client) { transaction in
        try unsafe transaction.modify(regions[segment], at: offset, with: bytes.span.bytes)
      }
    case .commit(let client, let flush):
      try transactions.take(client).commit(flush ? .flush : .noFlush)
    case .abort(let client):
      transactions.take(client).abort()
    case .drop(let client):
      _ = transactions.take(client)
    case .flush:
      try rvm.flush()
    case .truncate:
      try rvm.truncate()
    case .truncateStep:
      try rvm.truncationStep()
    case .remap(let segment):
      try rvm.unmap(regions[segment])
      regions[segment] = try rvm.map(segments[segment].name)
    case .reopen:
      fatalError("the harness closes and opens a system by itself")
    }
  }

  public func step() throws { try rvm.truncationStep() }

  public func close() throws { try rvm.terminate() }

  public func readSegments(_ body: (_ segment: Int, _ bytes: RawSpan) -> Void) {
    if !parts.isEmpty { return readParts(body) }
    for (index, region) in regions.enumerated() { region.withBytes { body(index, $0) } }
  }

  public var marks: [String: Int] {
    let statistics = rvm.query().statistics
    return [
      "log wrapped": statistics.logWraps,
      "log wrapped inside a record": statistics.logWrapsInRecord,
      "log wrapped inside a record's header": statistics.logWrapsInRecordHeader,
      "log full, commit waited": statistics.logFullWaits,
      "log full while truncation ran": statistics.logFullWaitsWhileTruncating,
      "batch longer than half the log": statistics.batchesVouchedFor,
      "spool overflowed": statistics.spoolOverflows,
      "truncation finished": statistics.truncationsFinished,
      "truncation crossed the log's end": statistics.truncationsAcrossWrap,
      "incremental truncation fell back to an epoch": statistics.epochFallbacks,
      "range logged once for several": statistics.bytesSavedIntraTransaction > 0 ? 1 : 0,
      "record left out, covered by a later one": statistics.bytesSavedInterTransaction > 0 ? 1 : 0,
      "records recovered": statistics.recordsRecovered > 0 ? 1 : 0,
    ]
  }
}
