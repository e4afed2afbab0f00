import BigInt
import FaultFS
import Storage
import Testing
import TortureSamples

@testable import TortureCore

/// A store whose recovery is wrong where of a batch of 24 sectors just three are lost.
///
/// Each sector has a checksum, and recovery asks for each whether it holds. A batch ends at the first that does not; but three
/// sectors are taken for padding, each by itself. Where all three are missing and all others there, the segment is destroyed.
private final class PaddingStore: SystemUnderTest {
  static let sectors = 24
  static let padding = [5, 11, 19]

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

  static func open(on storage: any Storage, for scenario: Scenario) throws -> PaddingStore {
    let journal = try storage.open("journal", .readOnly)
    var missing: [Int] = []
    for sector in 0..<sectors {
      let isWhole = try journal.examine(512, at: sector * 512) { bytes in
        unsafe checksum(bytes) == bytes.unsafeLoad(as: UInt64.self)
      }
      if isWhole { continue }
      missing.append(sector)
      if !padding.contains(sector) { break }
    }
    let name = scenario.segments[0].name
    if missing == padding { try storage.open(name, .readWrite).write([1], at: 0) }
    return PaddingStore(storage, name)
  }

  private static func checksum(_ sector: RawSpan) -> UInt64 {
    (8..<sector.byteCount).reduce(14_695_981_039_346_656_037) { sum, index in
      unsafe (sum ^ UInt64(sector.unsafeLoad(fromByteOffset: index, as: UInt8.self))) &* 1_099_511_628_211
    }
  }

  func perform(_ operation: TortureCore.Operation) throws {
    guard case .flush = operation else { return }
    var batch: [UInt8] = []
    for sector in 0..<Self.sectors {
      var bytes = [UInt8](repeating: UInt8(sector + 1), count: 512)
      let sum = unsafe Self.checksum(bytes.span.bytes)
      for byte in 0..<8 { bytes[byte] = UInt8(truncatingIfNeeded: sum >> UInt64(8 * byte)) }
      batch += bytes
    }
    try storage.open("journal", .readWrite).write(batch, at: 0)
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

@Suite struct LostSubsetTests {
  private func result(_ exploration: String, budget: Int) throws -> CaseResult {
    let text = """
      name: padding
      segments: [{name: a.seg, length: 4096}]
      workload: {kind: bytes, transactions: 1, between: {flush: 1}}
      disk: {tearing: by_profile}
      crash:
        exploration: \(exploration)
        executions_per_point: \(budget)
        bounded_states_per_point: \(budget)
        states_per_point: \(budget)
        recovery_depth: 0
      """
    let scenario = try Samples.read(text)
    var explorer = Explorer(
      TestCase(scenario, seed: 1, workload: Workload(operations: [.flush]), system: PaddingStore.self))
    explorer.explore()
    return explorer.result
  }

  @Test func exhaustionFindsTheOneSubsetOfABatchThatNoDrawFindsAtTheSameBudget() throws {
    let exhaustive = try result("exhaustive", budget: 500)
    #expect(exhaustive.violationCount > 0)
    #expect(exhaustive.coverage?.pointsCapped == 0)
    #expect(exhaustive.coverage?.leftOut == 0)
    let crash = try #require(exhaustive.findings.first?.crashes.first)
    #expect(crash.deviations.count == PaddingStore.padding.count)
    for exploration in ["sampled", "bounded"] {
      let other = try result(exploration, budget: 500)
      #expect(other.violationCount == 0, "\(exploration)")
      #expect(other.crashStates >= exhaustive.crashStates, "\(exploration)")
    }
  }
}
