internal import LRVM
public import Storage
internal import SystemPackage
public import TortureCore

/// LRVM as a system under test: each segment mapped whole, in one region or in several.
///
/// A third of the log's record area is what a transaction may take, counted the way that the log spends it: a record costs
/// 16 bytes, and a range 16 and its bytes, padded to 8. Nothing is taken off for ranges that overlap, since a log without
/// optimizations writes all of them.
public final class LRVMSystem: SystemUnderTest {
  /// The name of the log's file in every scenario; no segment may take it.
  static let logName = "log"

  private let rvm: RVM
  /// One for all, or one for each thread.
  let clients: [LRVMClient]
  /// What the threads share, behind the parts of each.
  private let shared: SharedPart?

  init(_ rvm: RVM, _ clients: [LRVMClient], sharing shared: SharedPart? = nil) {
    self.rvm = rvm
    self.clients = clients
    self.shared = shared
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
    let rvm = try RVM(log: logName, on: storage, options: options(of: scenario))
    let count = scenario.system.regions
    let regions = try scenario.segments.map { segment in
      let length = segment.length / count
      return try (0..<count).map {
        try rvm.map(segment.name, offset: $0 * length, length: length, mapping: scenario.system.mapping)
      }
    }
    return Self(rvm, [LRVMClient(rvm, regions, scenario.system.mapping)])
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
    var number: UInt64 = 0
    try clients[0].perform(operation, number: &number)
  }

  public func step() throws { try rvm.truncationStep() }

  public func close() throws { try rvm.terminate() }

  public func readSegments(_ body: (_ segment: Int, _ bytes: RawSpan) -> Void) {
    for segment in clients[0].regions.indices {
      let regions = clients.flatMap { $0.regions[segment] } + (shared.map { [$0.regions[segment]] } ?? [])
      if regions.count == 1 {
        regions[0].withBytes { body(segment, $0) }
        continue
      }
      var bytes: [UInt8] = []
      for region in regions {
        region.withBytes { part in bytes += unsafe part.withUnsafeBytes { unsafe [UInt8]($0) } }
      }
      unsafe body(segment, bytes.span.bytes)
    }
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
      "batch of several threads' spools": statistics.batchesJoined,
      "spool overflowed": statistics.spoolOverflows,
      "truncation finished": statistics.truncationsFinished,
      "truncation crossed the log's end": statistics.truncationsAcrossWrap,
      "incremental truncation fell back to an epoch": statistics.epochFallbacks,
      "range logged once for several": statistics.bytesSavedIntraTransaction > 0 ? 1 : 0,
      "record left out, covered by a later one": statistics.bytesSavedInterTransaction > 0 ? 1 : 0,
      "records recovered": statistics.recordsRecovered > 0 ? 1 : 0,
      "end of the log moved by recovery": statistics.batchesMovedByRecovery,
      "batch left out by recovery": statistics.batchesLeftOutByRecovery,
      "status block found torn": statistics.statusBlocksFoundDamaged,
    ]
  }
}
