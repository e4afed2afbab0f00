import Foundation
import SeededRandom
import Testing
import TortureViews

@testable import TortureCore

@Suite struct OracleTests {
  private static let segments = [
    SegmentOptions(name: "a.seg", length: 1200), SegmentOptions(name: "b.seg", length: 700),
  ]

  /// A ledger of random transactions over small segments whose last blocks are short.
  private func ledger(_ seed: UInt64, _ transactions: Int = 12) -> TransactionLedger {
    var random = SplitMix64(seed: seed)
    var operations: [TortureCore.Operation] = []
    for _ in 0..<transactions {
      operations.append(.begin(client: 0, restore: true))
      for _ in 0..<random.draw(1...3) {
        let segment = random.below(2)
        let length = random.draw(1...600)
        let offset = random.below(Self.segments[segment].length - length + 1)
        operations.append(.write(client: 0, segment: segment, offset: offset, bytes: random.bytes(length)))
      }
      switch random.below(6) {
      case 0: operations.append(.abort(client: 0))
      case 1: operations.append(.drop(client: 0))
      default: operations.append(.commit(client: 0, flush: random.chance(0.5)))
      }
    }
    return TransactionLedger(operations)
  }

  /// Commits of four transactions with ranges of their own, and an aborted one.
  private let plain = TransactionLedger([
    .begin(client: 0, restore: true), .write(client: 0, segment: 0, offset: 0, bytes: [1, 2, 3, 4]),
    .write(client: 0, segment: 1, offset: 0, bytes: [5, 6]), .commit(client: 0, flush: true),
    .begin(client: 0, restore: true), .write(client: 0, segment: 0, offset: 600, bytes: [7, 8, 9, 10]),
    .write(client: 0, segment: 1, offset: 600, bytes: [11, 12]), .commit(client: 0, flush: false),
    .begin(client: 0, restore: true), .write(client: 0, segment: 0, offset: 100, bytes: [21, 22, 23]),
    .abort(client: 0),
    .begin(client: 0, restore: true), .write(client: 0, segment: 0, offset: 300, bytes: [31, 32]),
    .commit(client: 0, flush: true),
    .begin(client: 0, restore: true), .write(client: 0, segment: 1, offset: 300, bytes: [41, 42]),
    .commit(client: 0, flush: true),
  ])

  private var oracle: Oracle { Oracle(segments: Self.segments, ledger: plain) }

  private func violation(_ verdict: Verdict) throws -> Violation {
    guard case .violation(let violation) = verdict else {
      throw Failure(text: "\(verdict)")
    }
    #expect(violation.message.hasSuffix("."))
    return violation
  }

  private struct Failure: Error {
    var text: String
  }

  // MARK: - Against brute force

  @Test func prefixHashesAreThoseOfThePrefixImages() {
    for seed in 0..<30 as Range<UInt64> {
      let oracle = Oracle(segments: Self.segments, ledger: ledger(seed))
      for prefix in 0...oracle.commits {
        #expect(oracle.prefixHashes[prefix] == StateHash.state(oracle.images(prefix: prefix)))
      }
    }
  }

  @Test func verdictsAreThoseOfComparingEveryPrefix() {
    var random = SplitMix64(seed: 99)
    var consistent = 0
    for seed in 0..<20 as Range<UInt64> {
      let oracle = Oracle(segments: Self.segments, ledger: ledger(seed))
      let all = (0...oracle.commits).map { oracle.images(prefix: $0) }
      for _ in 0..<60 {
        let promised = random.draw(0...oracle.commits)
        let attempted = random.draw(promised...oracle.commits)
        var images = all[random.draw(0...oracle.commits)]
        if random.chance(0.3) {
          let segment = random.below(2)
          images[segment][random.below(images[segment].count)] ^= UInt8(random.draw(1...255))
        } else if random.chance(0.3) {
          // The first segment of one prefix and the second of another.
          images[1] = all[random.draw(0...oracle.commits)][1]
        }
        let legal = (promised...attempted).last { all[$0] == images }
        let verdict = oracle.judge(images, promised: promised, attempted: attempted)
        if let legal {
          consistent += 1
          #expect(verdict == .consistent(prefix: legal))
          #expect(
            oracle.prefix(of: StateHash.state(images), promised: promised, attempted: attempted) == legal)
        } else if case .consistent(let prefix) = verdict {
          Issue.record("seed \(seed): \(prefix) is not the state")
        }
      }
    }
    #expect(consistent > 100)
  }

  @Test func violationsNameARealDifference() throws {
    var random = SplitMix64(seed: 5)
    for seed in 0..<40 as Range<UInt64> {
      let oracle = Oracle(segments: Self.segments, ledger: ledger(seed))
      var images = oracle.images(prefix: random.draw(0...oracle.commits))
      images[0][random.below(1200)] ^= 0x55
      let promised = random.draw(0...oracle.commits)
      let attempted = random.draw(promised...oracle.commits)
      let found = try violation(oracle.judge(images, promised: promised, attempted: attempted))
      let segment = try #require(found.segment)
      let offset = try #require(found.offset)
      #expect(found.found == Hexadecimal.text(Array(images[segment][offset...].prefix(16))))
      #expect(found.found?.prefix(2) != found.expected?.prefix(2))
      #expect(found.message.contains("'\(Self.segments[segment].name)' at byte \(offset)"))
    }
  }

  /// A hash kept up to date block by block is that of the whole state.
  @Test func blockHashesAddUp() {
    var random = SplitMix64(seed: 2)
    var images = [random.bytes(1200), random.bytes(700)]
    var hash = StateHash.state(images)
    for _ in 0..<200 {
      let segment = random.below(2)
      let offset = random.below(images[segment].count)
      let block = offset / StateHash.blockLength
      hash ^= StateHash.block(segment: segment, block: block, of: images[segment])
      images[segment][offset] = UInt8(random.below(256))
      hash ^= StateHash.block(segment: segment, block: block, of: images[segment])
      #expect(hash == StateHash.state(images))
    }
    let zeros = [UInt8](repeating: 0, count: 512)
    #expect(
      StateHash.block(segment: 0, block: 0, of: zeros) != StateHash.block(segment: 1, block: 0, of: zeros))
    #expect(StateHash.state([zeros + zeros]) != StateHash.state([zeros]))
  }

  // MARK: - What a violation says

  @Test func everyPrefixInTheBoundsIsLegal() {
    for prefix in 0...4 {
      let images = oracle.images(prefix: prefix)
      #expect(oracle.judge(images, promised: 0, attempted: 4) == .consistent(prefix: prefix))
      #expect(oracle.judge(images, promised: prefix, attempted: prefix) == .consistent(prefix: prefix))
    }
  }

  @Test func aPrefixThatIsTooShortHasLostACommit() throws {
    let found = try violation(oracle.judge(oracle.images(prefix: 2), promised: 3, attempted: 4))
    #expect(found.kind == .lostCommit)
    #expect(found.transaction == 4)
    #expect(found.segment == 0)
    #expect(found.offset == 300)
    #expect(found.expected?.hasPrefix("1f20") == true)
    #expect(found.found?.hasPrefix("0000") == true)
    #expect(
      found.message.hasPrefix(
        "Transaction 4 (commit 3) was promised durable and is missing: the state is the one after commit 2. Held "
      ))
    let empty = try violation(oracle.judge(oracle.images(prefix: 0), promised: 1, attempted: 1))
    #expect(empty.message.contains("the state is the one after no commit at all"))
    #expect(empty.transaction == 1)
  }

  @Test func aPrefixThatIsTooLongHasDataThatNobodyCommitted() throws {
    let found = try violation(oracle.judge(oracle.images(prefix: 4), promised: 1, attempted: 2))
    #expect(found.kind == .resurrected)
    #expect(found.transaction == 4)
    #expect(found.message.hasPrefix("Transaction 4 had not tried to commit, and its data is there"))
    #expect(found.offset == 300)
  }

  @Test func aPartOfATransactionIsTorn() throws {
    var images = oracle.images(prefix: 2)
    images[1] = oracle.images(prefix: 1)[1]
    let found = try violation(oracle.judge(images, promised: 0, attempted: 2))
    #expect(found.kind == .tornTransaction)
    #expect(found.transaction == 2)
    #expect(found.message.contains("4 are there and 2 are older"))
    #expect(found.segment == 1)
    #expect(found.offset == 600)
  }

  @Test func aHoleInTheOrderIsALostCommit() throws {
    var images = oracle.images(prefix: 4)
    images[0].replaceSubrange(300..<302, with: [0, 0])
    let promised = try violation(oracle.judge(images, promised: 3, attempted: 4))
    #expect(promised.kind == .lostCommit)
    #expect(promised.transaction == 4)
    #expect(promised.message.contains("(commit 3) was promised durable and is missing."))
    let unpromised = try violation(oracle.judge(images, promised: 0, attempted: 4))
    #expect(unpromised.kind == .lostCommit)
    #expect(unpromised.transaction == 4)
    #expect(unpromised.message.contains("is missing although commit 4, which came later, is there"))
  }

  @Test func abortedDataIsResurrected() throws {
    var images = oracle.images(prefix: 3)
    images[0].replaceSubrange(100..<103, with: [21, 22, 23])
    let found = try violation(oracle.judge(images, promised: 2, attempted: 3))
    #expect(found.kind == .resurrected)
    #expect(found.transaction == 3)
    #expect(found.message.hasPrefix("Transaction 3 was aborted, and its data is there"))
    #expect(found.offset == 100)
    #expect(found.expected?.hasPrefix("000000") == true)
    #expect(found.found?.hasPrefix("151617") == true)
  }

  @Test func foreignBytesAreUnexplained() throws {
    var images = oracle.images(prefix: 4)
    images[1][650] = 0xee
    let found = try violation(oracle.judge(images, promised: 4, attempted: 4))
    #expect(found.kind == .unexplained)
    #expect(found.transaction == nil)
    #expect(found.segment == 1)
    #expect(found.offset == 650)
    #expect(found.found?.hasPrefix("ee") == true)
  }

  @Test func imagesOfAnotherLengthAreAViolation() throws {
    let found = try violation(oracle.judge([[], []], promised: 0, attempted: 0))
    #expect(found.kind == .unexplained)
    #expect(found.message.contains("[1200, 700] were expected"))
  }

  @Test func isTheSameAfterJSON() throws {
    let found = try violation(oracle.judge(oracle.images(prefix: 2), promised: 3, attempted: 4))
    let json = try JSONEncoder().encode(found)
    #expect(try JSONDecoder().decode(Violation.self, from: json) == found)
    #expect(String(decoding: json, as: UTF8.self).contains("\"lost-commit\""))
  }

  /// Every tear of one transaction into what is there and what is not, by its bytes, is named as what it is.
  @Test func everyTearOfATransactionNamesIt() throws {
    let after = oracle.images(prefix: 2)
    let places = [(0, 600), (0, 601), (0, 602), (0, 603), (1, 600), (1, 601)]
    for kept in 1..<(1 << places.count) - 1 {
      var images = oracle.images(prefix: 1)
      for (bit, place) in places.enumerated() where kept & (1 << bit) != 0 {
        images[place.0][place.1] = after[place.0][place.1]
      }
      let found = try violation(oracle.judge(images, promised: 1, attempted: 2))
      #expect(found.kind == .tornTransaction)
      #expect(found.transaction == 2)
    }
  }
}
