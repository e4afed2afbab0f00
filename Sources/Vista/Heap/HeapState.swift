internal import Storage
internal import Synchronization

/// What the engine and all `Heap`s of one region share: its tables, and the stores to its pages' bits, one after the other.
///
/// The segment owns it.
final class HeapState: Sendable {
  private unowned let segment: MappedSegment
  /// Where the heap's region begins in the segment, and how many pages it has.
  let base: Int
  let pageCount: Int
  private let tables: Mutex<HeapTables>
  /// For each root, the slot of the open transaction that changed it; -1 for none.
  private let rootClaims = Mutex([Int](repeating: -1, count: HeapLayout.rootCount))

  /// Reads the bits of the heap whose region begins at `base`.
  ///
  /// - Throws: `.damaged`.
  init(in segment: MappedSegment, base: Int, pageCount: Int) throws(HeapError) {
    self.segment = segment
    self.base = base
    self.pageCount = pageCount
    tables = Mutex(HeapTables(try Self.readPages(segment, base, pageCount)))
  }

  /// Whether a word of the segment is one of the heap's pages' bits.
  func contains(_ place: Int) -> Bool {
    place >= base + HeapLayout.pagesOffset && place < base + HeapLayout.entry(pageCount)
  }

  func withTables<Value>(_ body: (inout HeapTables) -> sending Value) -> sending Value {
    tables.withLock { body(&$0) }
  }

  // MARK: Pages

  /// The pages as the region has them.
  func storedPages() throws(HeapError) -> [HeapTables.Page] {
    try Self.readPages(segment, base, pageCount)
  }

  private static func readPages(
    _ segment: MappedSegment, _ base: Int, _ pageCount: Int
  ) throws(HeapError) -> [HeapTables.Page] {
    let memory = segment.memory
    var pages = [HeapTables.Page](repeating: HeapTables.Page(), count: pageCount)
    var page = 0
    while page < pageCount {
      let entry = base + HeapLayout.entry(page)
      for word in 0..<PageLayout.wordCount {
        pages[page].taken[word: word] = memory.load(entry + PageLayout.bitsOffset + 8 * word)
      }
      if pages[page].taken.isEmpty {
        page += 1
        continue
      }
      let use = memory.load(entry + PageLayout.useOffset)
      let damaged = HeapError.damaged(
        segment: segment.name, reason: "page \(page) is in use, and its use is \(use)")
      if let kind = PageLayout.blockLengths.firstIndex(where: { UInt64($0) == use }) {
        let count = HeapLayout.pageLength / PageLayout.blockLengths[kind]
        guard (count..<256).allSatisfy({ !pages[page].taken[$0] }) else { throw damaged }
        pages[page].use = .blocks(kind: kind)
        page += 1
      } else {
        let count = Int(use & 0xffff_ffff)
        guard use >> 32 == 1, count > 0, count <= pageCount - page, pages[page].taken.isFirstAlone else {
          throw damaged
        }
        pages[page].use = .run(count: count)
        for other in page + 1..<page + count { pages[other].use = .continuation }
        page += count
      }
    }
    return pages
  }

  /// The word of the segment that has a block's bit.
  func wordPlace(_ block: HeapTables.Block) -> Int {
    base + HeapLayout.entry(block.page) + PageLayout.bitsOffset + block.bit / 64 * 8
  }

  private func block(_ bit: Int, ofWordAt place: Int) -> HeapTables.Block {
    let (page, offset) = (place - base - HeapLayout.pagesOffset).quotientAndRemainder(
      dividingBy: HeapLayout.pageEntryLength)
    return HeapTables.Block(page: page, bit: (offset - PageLayout.bitsOffset) * 8 + bit)
  }

  // MARK: Bits

  /// Says what a page is used for, and sets the bit of a block in it. One line: a bit never survives without the use.
  func setBit(_ block: HeapTables.Block, use: UInt64) {
    tables.withLock { _ in
      let entry = base + HeapLayout.entry(block.page)
      if segment.memory.load(entry + PageLayout.useOffset) != use {
        store(use, at: entry + PageLayout.useOffset)
      }
      let place = wordPlace(block)
      store(segment.memory.load(place) | 1 << UInt64(block.bit % 64), at: place)
    }
  }

  func clearBit(_ bit: Int, ofWordAt place: Int) {
    tables.withLock { _ in store(segment.memory.load(place) & ~(1 << UInt64(bit)), at: place) }
  }

  private func store(_ word: UInt64, at place: Int) {
    segment.store(word, at: place)
    segment.memory.flush(place, 8)
  }

  // MARK: The end of a transaction

  /// What a transaction allocated or freed has become so, or has not.
  func settle(_ bit: Int, ofWordAt place: Int, isAllocation: Bool, isCommitted: Bool) {
    let block = block(bit, ofWordAt: place)
    tables.withLock { tables in
      // A block that one transaction allocated and freed has gone with the first of its two records.
      if !tables.isTaken(block) { return }
      switch (isAllocation, isCommitted) {
      case (true, true): tables.keep(block)
      case (true, false), (false, true): tables.release(block)
      case (false, false): tables.setLeaving(block, false)
      }
    }
  }

  // MARK: Roots

  /// Claims a root for a transaction; false where another has it.
  func claimRoot(_ index: Int, slot: Int) -> Bool {
    rootClaims.withLock { claims in
      if claims[index] >= 0 && claims[index] != slot { return false }
      claims[index] = slot
      return true
    }
  }

  func releaseRootClaims(of slot: Int) {
    rootClaims.withLock { claims in
      for index in claims.indices where claims[index] == slot { claims[index] = -1 }
    }
  }
}

extension HeapTables.Bits {
  /// Whether the first bit is set, and no other.
  fileprivate var isFirstAlone: Bool {
    self[word: 0] == 1 && (1..<PageLayout.wordCount).allSatisfy { self[word: $0] == 0 }
  }
}
