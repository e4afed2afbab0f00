import SeededRandom
import Testing
import TortureSamples

@testable import TortureCore

/// The invariants find what is broken.
@Suite struct WorkloadInvariantTests {
  private static let kinds: [WorkloadOptions.Kind] = [.bank, .inodes, .queue, .list]

  private func final(_ kind: WorkloadOptions.Kind) throws -> (scenario: Scenario, oracle: Oracle) {
    let scenario = try Samples.scenario(kind)
    return (
      scenario, Oracle(segments: scenario.segments, ledger: Workload(scenario: scenario, seed: 3).ledger)
    )
  }

  /// Leaving one write out of a transaction breaks the structure, or changes nothing.
  @Test(arguments: kinds) func tornTransactionsBreakThem(kind: WorkloadOptions.Kind) throws {
    let (scenario, oracle) = try final(kind)
    let invariant = WorkloadInvariant(scenario)
    var torn = 0
    var found = 0
    for (index, commit) in oracle.ledger.commits.enumerated() where commit.writes.count > 1 {
      let before = oracle.images(prefix: index)
      let after = oracle.images(prefix: index + 1)
      for skipped in commit.writes.indices {
        var images = before
        for (position, write) in commit.writes.enumerated() where position != skipped {
          images[write.segment].replaceSubrange(write.range, with: write.bytes)
        }
        guard images != after, images != before else { continue }
        torn += 1
        found += invariant.check(images) == nil ? 0 : 1
      }
    }
    #expect(torn > 20)
    // A whole operation of several may be what was left out of a transaction, which no structure can show.
    #expect(found * 10 >= torn * 8, "\(found) of \(torn)")
  }

  /// Damaged images give a sentence or nothing, and never a trap.
  @Test(arguments: kinds) func damagedImagesNeverTrap(kind: WorkloadOptions.Kind) throws {
    let (scenario, oracle) = try final(kind)
    let invariant = WorkloadInvariant(scenario)
    let images = oracle.images(prefix: oracle.commits)
    var random = SplitMix64(seed: 1)
    var found = 0
    for round in 0..<1500 {
      var damaged = images
      let segment = random.below(images.count)
      // Half of the damage goes where the structures begin.
      let reach = round.isMultiple(of: 2) ? 256 : images[segment].count
      let offset = random.below(reach)
      if round.isMultiple(of: 3) {
        damaged[segment][offset] ^= 1 << UInt8(random.below(8))
      } else {
        let end = min(images[segment].count, offset + random.draw(1...64))
        damaged[segment].replaceSubrange(offset..<end, with: random.bytes(end - offset))
      }
      if let sentence = invariant.check(damaged) {
        found += 1
        #expect(sentence.hasSuffix("."))
      }
    }
    #expect(found > 100)
    for noise in 0..<20 as Range<UInt64> {
      var random = SplitMix64(seed: noise)
      let drawn = images.map { random.bytes($0.count) }
      #expect(invariant.check(drawn) != nil)
      #expect(invariant.check(images.map { [UInt8](repeating: 0xff, count: $0.count) }) != nil)
    }
  }

  @Test func bankNamesTheMissingMoney() throws {
    let (scenario, oracle) = try final(.bank)
    let opened = oracle.images(prefix: oracle.commits)
    var images = opened
    // The second account, replaced by one that was just opened.
    let setUp = oracle.ledger.commits[0].writes[1]
    images[setUp.segment].replaceSubrange(setUp.range, with: setUp.bytes)
    let sentence = try #require(WorkloadInvariant(scenario).check(images))
    #expect(sentence.contains("add up to"))
    #expect(sentence.contains("24000 was paid in"))
  }

  @Test func listNamesCyclesAndLostNodes() throws {
    let scenario = try Samples.scenario(.list)
    let invariant = WorkloadInvariant(scenario)
    func node(_ serial: UInt64, next: UInt64) -> [UInt8] {
      let words = [serial, next, 0, 0]
      return LittleEndian.bytes(words + [LittleEndian.checksum(words)])
    }
    var image = [UInt8](repeating: 0, count: 8192)
    image.replaceSubrange(16..<56, with: node(1, next: 0))
    #expect(invariant.check([image]) == "The node at byte 16 is allocated, and the list does not lead to it.")
    image.replaceSubrange(0..<16, with: LittleEndian.bytes([16, LittleEndian.checksum([16])]))
    #expect(invariant.check([image]) == nil)
    image.replaceSubrange(16..<56, with: node(1, next: 16))
    #expect(invariant.check([image])?.contains("the list has a cycle") == true)
    image.replaceSubrange(16..<56, with: node(1, next: 57))
    #expect(invariant.check([image])?.contains("where no node can be") == true)
    image.replaceSubrange(16..<56, with: node(1, next: 96))
    #expect(invariant.check([image])?.contains("which is free") == true)
  }

  @Test func inodesNameBlocksThatAreOwnedTwice() throws {
    let (scenario, oracle) = try final(.inodes)
    let model = InodesModel(scenario)
    var images = oracle.images(prefix: oracle.commits)
    let owners = (0..<model.inodes).filter { !model.inode(images, $0).blocks.isEmpty }
    try #require(owners.count >= 2)
    var second = model.inode(images, owners[1])
    second.blocks[0] = model.inode(images, owners[0]).blocks[0]
    images[0].replaceSubrange(model.inodeRange(owners[1]), with: second.bytes)
    let sentence = model.violation(in: images)
    #expect(sentence?.contains("is owned by inode \(owners[0] + 1) and inode \(owners[1] + 1)") == true)
  }

  @Test func queueNamesGaps() throws {
    let (scenario, oracle) = try final(.queue)
    let images = oracle.images(prefix: oracle.commits)
    var gap = images[0]
    gap.replaceSubrange(24..<64, with: gap[64..<104])
    #expect(WorkloadInvariant(scenario).check([gap])?.contains("belongs") == true)
    var lost = images[0]
    lost.replaceSubrange(0..<24, with: [UInt8](repeating: 0, count: 24))
    #expect(WorkloadInvariant(scenario).check([lost]) == "Ring 0 has items, and its header has none.")
  }
}
