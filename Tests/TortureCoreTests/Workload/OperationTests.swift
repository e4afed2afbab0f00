import Foundation
import Testing
import TortureSamples

@testable import TortureCore

@Suite struct OperationTests {
  private static let all: [TortureCore.Operation] = [
    .begin(client: 1, restore: false), .write(client: 1, segment: 0, offset: 5, bytes: [0, 255, 16]),
    .commit(client: 1, flush: true), .abort(client: 2), .drop(client: 3), .flush, .truncate, .truncateStep,
    .remap(segment: 1), .reopen,
  ]

  @Test func isTheSameAfterJSON() throws {
    let json = try JSONEncoder().encode(Self.all)
    #expect(try JSONDecoder().decode([TortureCore.Operation].self, from: json) == Self.all)
  }

  @Test func hasReadableJSON() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let json = String(decoding: try encoder.encode(Self.all[1]), as: UTF8.self)
    #expect(json == #"{"bytes":"00ff10","client":1,"offset":5,"operation":"write","segment":0}"#)
  }

  @Test(arguments: ["0", "0g", "zz", "0 ", "é"]) func badHexadecimalIsRefused(digits: String) {
    let json = #"{"bytes":"\#(digits)","client":1,"offset":5,"operation":"write","segment":0}"#
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(TortureCore.Operation.self, from: Data(json.utf8))
    }
  }

  @Test func illegalOperationsAreNamed() throws {
    let scenario = try Samples.scenario(.bytes, clients: 2)
    func problem(_ operations: [TortureCore.Operation]) -> String? {
      Workload.problem(of: operations, in: scenario)
    }
    let begin = TortureCore.Operation.begin(client: 0, restore: true)
    #expect(problem([begin, .commit(client: 0, flush: true)]) == nil)
    #expect(problem([.begin(client: 2, restore: true)])?.contains("2 clients") == true)
    #expect(problem([.begin(client: -1, restore: true)])?.contains("2 clients") == true)
    #expect(problem([begin, begin])?.contains("open already") == true)
    #expect(problem([.commit(client: 0, flush: true)])?.contains("no transaction open") == true)
    #expect(problem([.abort(client: 0)])?.contains("no transaction open") == true)
    #expect(
      problem([.write(client: 0, segment: 0, offset: 0, bytes: [1])])?.contains("no transaction open") == true
    )
    for (segment, offset, count) in [
      (2, 0, 1), (-1, 0, 1), (0, -1, 1), (0, 8192, 1), (0, 8190, 3), (0, .max, 1), (0, 0, 0),
    ] {
      let write = TortureCore.Operation.write(
        client: 0, segment: segment, offset: offset, bytes: [UInt8](repeating: 1, count: count))
      #expect(problem([begin, write]) != nil, "\(segment) \(offset) \(count)")
    }
    #expect(problem([.begin(client: 0, restore: false), .drop(client: 0)])?.contains("must commit") == true)
    #expect(problem([begin, .reopen])?.contains("a transaction is open") == true)
    #expect(problem([begin, .remap(segment: 0)])?.contains("a transaction is open") == true)
    #expect(problem([.remap(segment: 9)])?.contains("2 segments") == true)
  }

  @Test func theLedgerOrdersCommitsByTheirCalls() {
    let ledger = TransactionLedger([
      .begin(client: 0, restore: true), .begin(client: 1, restore: false),
      .write(client: 0, segment: 0, offset: 0, bytes: [1]),
      .write(client: 1, segment: 1, offset: 9, bytes: [2, 3]),
      .commit(client: 1, flush: false), .commit(client: 0, flush: true), .begin(client: 0, restore: true),
      .begin(client: 1, restore: true), .abort(client: 1), .begin(client: 1, restore: true), .drop(client: 1),
    ])
    #expect(ledger.commits.map(\.number) == [2, 1])
    #expect(ledger.commits[0].writes == [WorkloadWrite(segment: 1, offset: 9, bytes: [2, 3])])
    #expect(ledger.commits.map(\.ending) == [.commit(flush: false), .commit(flush: true)])
    #expect(!ledger.commits[0].restore)
    #expect(ledger.uncommitted.map(\.number) == [3, 4, 5])
    #expect(ledger.uncommitted.map(\.ending) == [.none, .abort, .drop])
  }
}
