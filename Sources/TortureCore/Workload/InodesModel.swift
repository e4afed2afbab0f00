import SeededRandom

/// The `inodes` workload: the metadata of a small file system. The first segment is the table of inodes, the second
/// the bitmap of blocks and, from byte 512 on, the directory.
///
/// A directory entry is 16 bytes: the inode's number from 1, a name's hash, a checksum of both; a free one is all
/// zeros. What must hold is in `InodesInvariant`.
struct InodesModel: WorkloadModel {
  static let directoryOffset = 512
  static let entryLength = 16

  let inodes: Int
  let entries: Int
  /// A multiple of 8: the bitmap's bytes are full.
  let blocks: Int

  init(_ scenario: Scenario) {
    let lengths = scenario.segments.map(\.length)
    let table = lengths.first ?? 0
    let directory = (lengths.last ?? 0) - Self.directoryOffset
    inodes = min(scenario.workload.objects, table / Inode.length)
    entries = min(2 * scenario.workload.objects, directory / Self.entryLength)
    blocks = min((4 * inodes + 7) / 8 * 8, Self.directoryOffset * 8)
  }

  static func problems(of scenario: Scenario) -> [ScenarioConsistency.Problem] {
    WorkloadDemands.segments(2, of: scenario)
  }

  func inodeRange(_ number: Int) -> Range<Int> {
    number * Inode.length..<(number + 1) * Inode.length
  }

  func entryRange(_ entry: Int) -> Range<Int> {
    let start = Self.directoryOffset + entry * Self.entryLength
    return start..<(start + Self.entryLength)
  }

  func inode(_ images: [[UInt8]], _ number: Int) -> Inode {
    Inode(images[0], at: number * Inode.length)
  }

  /// The inode that an entry names, counted from 0; nil for a free entry.
  func target(_ images: [[UInt8]], _ entry: Int) -> Int? {
    let number = Int(LittleEndian.integer32(images[1], at: entryRange(entry).lowerBound))
    return number == 0 ? nil : number - 1
  }

  static func entry(target: Int, name: UInt32) -> [UInt8] {
    let number = UInt32(target) + 1
    return LittleEndian.bytes(number) + LittleEndian.bytes(name)
      + LittleEndian.bytes(LittleEndian.checksum([UInt64(number), UInt64(name)]))
  }

  func isOwned(_ images: [[UInt8]], _ block: Int) -> Bool {
    images[1][block / 8] & (1 << UInt8(block % 8)) != 0
  }

  // MARK: - Transactions

  func plan(_ draft: inout TransactionDraft, client _: Int, _ random: inout SplitMix64) {
    for _ in 0..<random.draw(1...3) {
      let live = (0..<inodes).filter { inode(draft.images, $0).links > 0 }
      let used = (0..<entries).filter { target(draft.images, $0) != nil }
      let action = random.weighted([
        30, live.isEmpty ? 0 : 15, used.isEmpty ? 0 : 30, live.isEmpty ? 0 : 20, live.isEmpty ? 0 : 10,
      ])
      // All draws come before the attempt, so that how far it gets does not change what follows.
      let someLive = random.pick(live)
      let someUsed = random.pick(used)
      let free = random.pick((0..<inodes).filter { inode(draft.images, $0).links == 0 })
      let freeEntry = random.pick((0..<entries).filter { target(draft.images, $0) == nil })
      let name = UInt32(truncatingIfNeeded: random.next())
      let wanted = random.below(3)
      let firstBlock = random.below(blocks)
      _ = draft.attempt { draft in
        switch action {
        case 0:
          guard let free, let freeEntry else { return false }
          return create(&draft, free, freeEntry, name, blocks: wanted, from: firstBlock)
        case 1:
          guard let someLive, let freeEntry else { return false }
          return link(&draft, someLive, freeEntry, name)
        case 2:
          guard let someUsed else { return false }
          return unlink(&draft, someUsed)
        case 3:
          guard let someLive else { return false }
          return update(&draft, someLive) { grow(&$0, &$1, from: firstBlock) }
        default:
          guard let someLive else { return false }
          return update(&draft, someLive) { shrink(&$0, &$1) }
        }
      }
    }
  }

  /// Changes an inode, and writes it.
  private func update(
    _ draft: inout TransactionDraft, _ number: Int, _ change: (inout TransactionDraft, inout Inode) -> Bool
  ) -> Bool {
    guard draft.claim(0, inodeRange(number)) else { return false }
    var inode = inode(draft.images, number)
    guard change(&draft, &inode) else { return false }
    return draft.write(0, at: inodeRange(number).lowerBound, inode.bytes)
  }

  private func create(
    _ draft: inout TransactionDraft, _ number: Int, _ entry: Int, _ name: UInt32, blocks wanted: Int,
    from firstBlock: Int
  ) -> Bool {
    update(&draft, number) { draft, inode in
      inode.links = 1
      inode.generation += 1
      for _ in 0..<wanted {
        guard grow(&draft, &inode, from: firstBlock) else { break }
      }
      return enter(&draft, entry, Self.entry(target: number, name: name))
    }
  }

  private func link(_ draft: inout TransactionDraft, _ number: Int, _ entry: Int, _ name: UInt32) -> Bool {
    update(&draft, number) { draft, inode in
      inode.links += 1
      return enter(&draft, entry, Self.entry(target: number, name: name))
    }
  }

  private func unlink(_ draft: inout TransactionDraft, _ entry: Int) -> Bool {
    guard let number = target(draft.images, entry) else { return false }
    return update(&draft, number) { draft, inode in
      inode.links -= 1
      if inode.links == 0 {
        while !inode.blocks.isEmpty {
          guard shrink(&draft, &inode) else { return false }
        }
      }
      return enter(&draft, entry, [UInt8](repeating: 0, count: Self.entryLength))
    }
  }

  private func enter(_ draft: inout TransactionDraft, _ entry: Int, _ bytes: [UInt8]) -> Bool {
    draft.claim(1, entryRange(entry)) && draft.write(1, at: entryRange(entry).lowerBound, bytes)
  }

  /// Gives the inode the first free block from `firstBlock` on, of those whose byte of the bitmap nobody holds.
  private func grow(_ draft: inout TransactionDraft, _ inode: inout Inode, from firstBlock: Int) -> Bool {
    guard inode.blocks.count < Inode.blocksMax else { return false }
    for step in 0..<blocks {
      let block = (firstBlock + step) % blocks
      if isOwned(draft.images, block) || !draft.claim(1, block / 8..<block / 8 + 1) { continue }
      guard flip(&draft, block) else { return false }
      inode.blocks.append(block)
      return true
    }
    return false
  }

  /// Takes the inode's last block from it.
  private func shrink(_ draft: inout TransactionDraft, _ inode: inout Inode) -> Bool {
    guard let block = inode.blocks.popLast() else { return false }
    return draft.claim(1, block / 8..<block / 8 + 1) && flip(&draft, block)
  }

  private func flip(_ draft: inout TransactionDraft, _ block: Int) -> Bool {
    draft.write(1, at: block / 8, [draft.images[1][block / 8] ^ (1 << UInt8(block % 8))])
  }

  func violation(in images: [[UInt8]]) -> String? {
    InodesInvariant(model: self, images: images).violation()
  }
}
