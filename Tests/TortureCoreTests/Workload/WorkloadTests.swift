import LRVMTorture
import Testing
import TextFiles
import TortureSamples
import TortureViews

@testable import TortureCore

@Suite struct WorkloadTests {
  /// A case of the property tests: a kind, a number of clients, a size of log.
  struct Shape: Sendable, CustomTestStringConvertible {
    var kind: WorkloadOptions.Kind
    var clients: Int
    var recordSectors: Int

    var testDescription: String { "\(kind.rawValue), \(clients) clients, \(recordSectors) sectors" }

    static let all = WorkloadOptions.Kind.allCases.flatMap { kind in
      [(1, 16), (2, 16), (5, 32), (3, 4)].map { Shape(kind: kind, clients: $0.0, recordSectors: $0.1) }
    }

    func scenario() throws -> Scenario {
      try Samples.scenario(kind, clients: clients, recordSectors: recordSectors)
    }
  }

  /// Every workload is legal; its invariant holds of zeros and after every commit; and what a transaction writes
  /// no other one writes while both are open.
  @Test(arguments: Shape.all) func invariantsHoldAfterEveryPrefix(shape: Shape) throws {
    let scenario = try shape.scenario()
    let invariant = WorkloadInvariant(scenario)
    for seed in 0..<20 as Range<UInt64> {
      let workload = Workload(scenario: scenario, seed: seed)
      #expect(Workload.problem(of: workload.operations, in: scenario) == nil)
      let ledger = workload.ledger
      var images = scenario.segments.map { [UInt8](repeating: 0, count: $0.length) }
      #expect(invariant.check(images) == nil)
      for (index, commit) in ledger.commits.enumerated() {
        for write in commit.writes { images[write.segment].replaceSubrange(write.range, with: write.bytes) }
        let sentence = invariant.check(images)
        #expect(sentence == nil, "seed \(seed), commit \(index + 1): \(sentence ?? "")")
      }
      expectDisjoint(workload.operations, seed)
      expectWithinBudget(ledger, scenario, seed)
    }
  }

  private func expectDisjoint(_ operations: [TortureCore.Operation], _ seed: UInt64) {
    var open: [Int: [WorkloadWrite]] = [:]
    // Each transaction's writes as a whole count from its begin to its end.
    var pending: [(client: Int, begin: Int, end: Int, writes: [WorkloadWrite])] = []
    var begins: [Int: Int] = [:]
    for (index, operation) in operations.enumerated() {
      switch operation {
      case .begin(let client, _):
        begins[client] = index
        open[client] = []
      case .write(let client, let segment, let offset, let bytes):
        open[client]?.append(WorkloadWrite(segment: segment, offset: offset, bytes: bytes))
      case .commit(let client, _), .abort(let client), .drop(let client):
        pending.append((client, begins[client] ?? 0, index, open[client] ?? []))
      default: break
      }
    }
    for (position, one) in pending.enumerated() {
      for other in pending[(position + 1)...] where one.begin < other.end && other.begin < one.end {
        let overlap = one.writes.contains { write in
          other.writes.contains { $0.segment == write.segment && $0.range.overlaps(write.range) }
        }
        #expect(!overlap, "seed \(seed): operations \(one.begin) and \(other.begin)")
      }
    }
  }

  private func expectWithinBudget(_ ledger: TransactionLedger, _ scenario: Scenario, _ seed: UInt64) {
    let area = scenario.log.recordAreaLength
    for transaction in ledger.commits + ledger.uncommitted {
      let payload = 16 + transaction.writes.reduce(0) { $0 + 16 + ($1.bytes.count + 7) / 8 * 8 }
      let sectors = (payload + scenario.log.sector - 24 - 1) / (scenario.log.sector - 24)
      #expect(sectors * scenario.log.sector <= max(area / 3, scenario.log.sector), "seed \(seed)")
    }
  }

  @Test(arguments: Shape.all) func theSameSeedGivesTheSameWorkload(shape: Shape) throws {
    let scenario = try shape.scenario()
    #expect(Workload(scenario: scenario, seed: 5) == Workload(scenario: scenario, seed: 5))
    #expect(Workload(scenario: scenario, seed: 5) != Workload(scenario: scenario, seed: 6))
  }

  /// A change of a generator changes what every seed means: it must be seen, and these renewed.
  @Test(arguments: [
    (WorkloadOptions.Kind.bytes, 12_790_665_160_731_327_084 as UInt64), (.bank, 18_327_373_793_678_883_156),
    (.inodes, 6_690_776_775_844_224_199), (.queue, 5_313_688_266_038_244_583),
    (.list, 12_824_663_836_415_393_828),
  ])
  func goldenDigests(kind: WorkloadOptions.Kind, digest: UInt64) throws {
    let workload = Workload(scenario: try Samples.scenario(kind, clients: 2), seed: 42)
    let bytes = Array(try JSONText.line(workload).utf8)
    #expect(StateHash.state([bytes]) == digest)
  }

  // MARK: - What occurs

  @Test(arguments: Shape.all) func everythingAskedForOccurs(shape: Shape) throws {
    let scenario = try shape.scenario()
    var counts: [String: Int] = [:]
    var begun = 0
    for seed in 0..<20 as Range<UInt64> {
      let operations = Workload(scenario: scenario, seed: seed).operations
      for operation in operations {
        switch operation {
        case .begin(_, let restore): counts[restore ? "restore" : "no restore", default: 0] += 1
        case .write: counts["write", default: 0] += 1
        case .commit(_, let flush): counts[flush ? "flushed" : "not flushed", default: 0] += 1
        case .abort: counts["abort", default: 0] += 1
        case .drop: counts["drop", default: 0] += 1
        default:
          counts["\(operation)".split(separator: " ").prefix(2).joined(separator: " "), default: 0] += 1
        }
      }
      let ledger = TransactionLedger(operations)
      begun += ledger.commits.count + ledger.uncommitted.count
      #expect(ledger.uncommitted.allSatisfy { $0.ending != .none && $0.restore })
    }
    let kinds: Set = [
      "restore", "no restore", "write", "flushed", "not flushed", "abort", "drop", "flush", "truncate",
      "one step",
      "unmap segment", "close and",
    ]
    #expect(Set(counts.keys) == kinds)
    #expect(counts["no restore"].map { $0 * 4 < begun && $0 * 12 > begun } == true)
    #expect(begun >= 20 * scenario.workload.transactions)
    #expect(counts["write", default: 0] > begun)
  }

  @Test func clientsInterleave() throws {
    let scenario = try Samples.scenario(.bytes, clients: 4)
    var openMax = 0
    var overtaken = 0
    for seed in 0..<10 as Range<UInt64> {
      let workload = Workload(scenario: scenario, seed: seed)
      var open = 0
      for operation in workload.operations {
        switch operation {
        case .begin: open += 1
        case .commit, .abort, .drop: open -= 1
        default: break
        }
        openMax = max(openMax, open)
      }
      let numbers = workload.ledger.commits.map(\.number)
      overtaken += zip(numbers, numbers.dropFirst()).filter { $0 > $1 }.count
    }
    #expect(openMax == 4)
    #expect(overtaken > 10)
  }

  @Test func bytesMeetsEveryShapeOfRange() throws {
    let scenario = try Samples.scenario(.bytes)
    var seen: [String: Int] = [:]
    for seed in 0..<40 as Range<UInt64> {
      var last: WorkloadTransaction?
      for commit in Workload(scenario: scenario, seed: seed).ledger.commits {
        for (index, write) in commit.writes.enumerated() {
          let range = write.range
          for earlier in commit.writes[..<index] where earlier.segment == write.segment {
            if earlier.range == range {
              seen["duplicate", default: 0] += 1
            } else if earlier.range.overlaps(range) {
              seen["overlap", default: 0] += 1
            } else if earlier.range.upperBound == range.lowerBound
              || range.upperBound == earlier.range.lowerBound
            {
              seen["adjacent", default: 0] += 1
            }
          }
          if range.lowerBound / 512 != (range.upperBound - 1) / 512 { seen["sector", default: 0] += 1 }
          if range.lowerBound / 4096 != (range.upperBound - 1) / 4096 { seen["page", default: 0] += 1 }
          if range.count == 1 { seen["one byte", default: 0] += 1 }
          if range.upperBound == 8192 { seen["end", default: 0] += 1 }
        }
        if let last, last.ending == .commit(flush: false), !last.writes.isEmpty,
          commit.ending == .commit(flush: false),
          commit.writes.map(\.range) == last.writes.map(\.range),
          commit.writes.map(\.segment) == last.writes.map(\.segment)
        {
          seen["covers", default: 0] += 1
        }
        last = commit
      }
    }
    for shape in ["duplicate", "overlap", "adjacent", "sector", "page", "one byte", "end", "covers"] {
      #expect(seen[shape, default: 0] >= 10, "\(shape)")
    }
  }

  @Test func rangesAreCutToWhatFitsInTheLog() throws {
    let scenario = try Samples.scenario(.bytes, recordSectors: 4, rangeLengthMax: 65536)
    for seed in 0..<10 as Range<UInt64> {
      let workload = Workload(scenario: scenario, seed: seed)
      expectWithinBudget(workload.ledger, scenario, seed)
      #expect(Workload.problem(of: workload.operations, in: scenario) == nil)
    }
  }

  @Test(arguments: WorkloadOptions.Kind.allCases) func smallestAndLargestSizesWork(kind: WorkloadOptions.Kind)
    throws
  {
    for (objects, clients) in [(2, 1), (2, 16), (4096, 16), (4096, 1)] {
      let scenario = try Samples.scenario(kind, clients: clients, transactions: 20, objects: objects)
      let workload = Workload(scenario: scenario, seed: 1)
      #expect(Workload.problem(of: workload.operations, in: scenario) == nil)
      let oracle = Oracle(segments: scenario.segments, ledger: workload.ledger)
      #expect(WorkloadInvariant(scenario).check(oracle.images(prefix: oracle.commits)) == nil)
    }
  }
}
