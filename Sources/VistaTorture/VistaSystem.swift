public import Storage
public import TortureCore
internal import Vista

/// Vista as a system under test, on disks whose files can be mapped: each segment mapped whole, in one region.
public final class VistaSystem: SystemUnderTest {
  /// The name of the log's file in every scenario.
  static let logName = "log"

  private let vista: Vista
  private let segments: [SegmentOptions]
  private var regions: [Region] = []
  private var transactions = OpenTransactions<Transaction>()

  private init(_ vista: Vista, _ segments: [SegmentOptions]) {
    self.vista = vista
    self.segments = segments
  }

  public static func traits(for scenario: Scenario) -> SystemTraits {
    SystemTraits(clientsMax: 16, uncheckedFiles: scenario.segments.map(\.name) + [logName])
  }

  public static func problems(of scenario: Scenario) -> [ScenarioConsistency.Problem] {
    MappedFiles.problems(of: scenario)
  }

  public static func create(on storage: any Storage, for scenario: Scenario) throws {
    let storage = try MappedFiles.mapping(storage)
    for segment in scenario.segments {
      try MappedFiles.createUnlessThere {
        try Vista.createSegment(segment.name, length: segment.length, on: storage)
      }
    }
    try MappedFiles.createUnlessThere { try Vista.createLog(logName, length: 256 << 10, on: storage) }
  }

  public static func open(on storage: any Storage, for scenario: Scenario) throws -> Self {
    let system = Self(try Vista(log: logName, on: MappedFiles.mapping(storage)), scenario.segments)
    for segment in scenario.segments { system.regions.append(try system.vista.map(segment.name)) }
    return system
  }

  public static let recoveryMarks = ["transaction undone by recovery", "range put back by recovery"]

  public static func recover(on storage: any Storage, for scenario: Scenario) throws -> Recovered {
    let summary = try Vista.recover(log: logName, on: MappedFiles.mapping(storage))
    var marks: UInt64 = summary.transactionsUndone > 0 ? 1 : 0
    if summary.rangesRestored > 0 { marks |= 2 }
    return Recovered(isInFiles: true, marks: marks)
  }

  public func perform(_ operation: TortureCore.Operation) throws {
    switch operation {
    case .begin(let client, _): transactions.begin(client, try vista.begin())
    case .write(let client, let segment, let offset, let bytes):
      try transactions.use(client) { transaction in
        try unsafe transaction.modify(regions[segment], at: offset, with: bytes.span.bytes)
      }
    case .commit(let client, _): try transactions.take(client).commit()
    case .abort(let client): transactions.take(client).abort()
    case .drop(let client): _ = transactions.take(client)
    // Every commit is durable, and there is nothing to truncate.
    case .flush, .truncate, .truncateStep: break
    case .remap(let segment):
      try vista.unmap(regions[segment])
      regions[segment] = try vista.map(segments[segment].name)
    case .reopen: fatalError("the harness closes and opens a system by itself")
    }
  }

  public func close() throws { try vista.terminate() }

  public func readSegments(_ body: (_ segment: Int, _ bytes: RawSpan) -> Void) {
    for (index, region) in regions.enumerated() {
      var bytes = [UInt8](repeating: 0, count: region.length)
      var all = bytes.mutableSpan
      var span = unsafe all.mutableBytes
      region.load(into: &span, at: 0)
      unsafe body(index, bytes.span.bytes)
    }
  }

  public var marks: [String: Int] {
    [
      "transaction undone by recovery": vista.recovery.transactionsUndone,
      "range put back by recovery": vista.recovery.rangesRestored,
    ]
  }
}
