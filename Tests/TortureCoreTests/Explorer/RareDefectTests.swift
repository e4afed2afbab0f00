import FaultFS
import Storage
import Testing
import TortureSamples

@testable import TortureCore

/// A store whose recovery is wrong in one crash state of a million.
///
/// Its one operation writes twenty sectors without a sync. Recovery reads them one after the other, and stops at the
/// first that does not fit a pattern of kept and lost ones; where all fit, it destroys the segment.
private final class RareStore: SystemUnderTest {
  static let sectors = 20
  private static let pattern = 0b1001_1010_0111_0100_1011

  private let storage: any Storage
  private let name: String

  init(_ storage: any Storage, _ name: String) {
    self.storage = storage
    self.name = name
  }

  static func create(on storage: any Storage, for scenario: Scenario) throws {
    for (name, length) in [
      (scenario.segments[0].name, scenario.segments[0].length), ("journal", sectors * 512),
    ] {
      let file = try storage.open(name, .createOrOpen)
      try file.allocate(length)
      try file.sync(.full)
    }
    try storage.syncDirectory("")
  }

  static func open(on storage: any Storage, for scenario: Scenario) throws -> RareStore {
    let journal = try storage.open("journal", .readWrite)
    var fits = true
    for sector in 0..<sectors where fits {
      let isKept = try journal.read(512, at: sector * 512)[0] != 0
      fits = isKept == (pattern >> sector & 1 == 1)
    }
    let name = scenario.segments[0].name
    if fits { try storage.open(name, .readWrite).write([1], at: 0) }
    return RareStore(storage, name)
  }

  func perform(_ operation: TortureCore.Operation) throws {
    guard case .flush = operation else { return }
    let journal = try storage.open("journal", .readWrite)
    for sector in 0..<Self.sectors {
      try journal.write([UInt8](repeating: 1, count: 512), at: sector * 512)
    }
  }

  func step() throws {}
  func close() throws {}

  func readSegments(_ body: (_ segment: Int, _ bytes: RawSpan) -> Void) {
    guard let file = try? storage.open(name, .readOnly), let size = try? file.size(),
      let bytes = try? file.read(size, at: 0)
    else { return }
    unsafe body(0, bytes.span.bytes)
  }

  var marks: [String: Int] { [:] }
}

@Suite struct RareDefectTests {
  private func result(_ exploration: String, states: Int) throws -> CaseResult {
    let text = """
      name: rare
      segments: [{name: a.seg, length: 4096}]
      workload: {kind: bytes, transactions: 1, between: {flush: 1}}
      disk: {tearing: none}
      crash: {exploration: \(exploration), executions_per_point: \(states), states_per_point: \(states), recovery_depth: 0}
      """
    let scenario = try Samples.read(text)
    var explorer = Explorer(
      TestCase(scenario, seed: 1, workload: Workload(operations: [.flush]), system: RareStore.self))
    explorer.explore()
    return explorer.result
  }

  @Test func exhaustionFindsWhatDrawingMissesAtTheSameBudget() throws {
    let exhaustive = try result("exhaustive", states: 100)
    #expect(exhaustive.violationCount > 0)
    #expect(exhaustive.coverage?.pointsCapped == 0)
    #expect(exhaustive.crashStates < 1000)
    let sampled = try result("sampled", states: 100)
    #expect(sampled.violationCount == 0)
    #expect(sampled.crashStates >= exhaustive.crashStates)
  }
}
