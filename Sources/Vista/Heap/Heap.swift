public import RecoverableHeap
internal import Storage
internal import Synchronization

/// A heap in a region: memory that is allocated and freed in transactions, and found again after a crash
/// (`vista_malloc`, `vista_free`).
///
/// An abort takes back allocations and frees with everything else, and after a crash the heap is the one after the last
/// commit. What a transaction frees can be allocated again once it has committed; until then other transactions, and its
/// own, get other memory. So transactions that allocate and free may be open at the same time.
///
/// A place is an offset from the region's beginning (`PersistentPointer`): the region may be mapped anywhere. Begin to
/// look from a root.
///
/// Threading: any call from any thread. One transaction must not free what another open one uses.
public final class Heap: RecoverableHeap, Sendable {
  public typealias Failure = HeapError

  /// The region that the heap fills.
  public let region: Region
  let state: HeapState

  /// Makes an empty heap of a whole region: all of it, permanent when this returns, or none after a crash.
  ///
  /// No transaction may have declared ranges in the region that is still open. What the region held is lost.
  /// - Throws: `.alreadyAHeap`; `.invalidArgument` for a region that is too short; `.vista`.
  public static func create(in region: Region) throws(HeapError) {
    try checkMapped(region)
    let pageCount = HeapLayout.pageCount(region.length)
    guard pageCount > 0 else {
      throw .invalidArgument("a heap does not fit a region of \(region.length) bytes")
    }
    let (file, base) = (region.file, region.offset)
    guard file.memory.load(base + HeapLayout.magicOffset) != HeapLayout.magic else {
      throw .alreadyAHeap(segment: region.segment)
    }
    let headLength = HeapLayout.entry(pageCount)
    for place in stride(from: base, to: base + headLength, by: 8) where file.memory.load(place) != 0 {
      file.store(0, at: place)
    }
    file.store(HeapLayout.version, at: base + HeapLayout.versionOffset)
    file.store(UInt64(pageCount), at: base + HeapLayout.pageCountOffset)
    do throws(StorageError) {
      try file.memory.persist(base, headLength)
      // From here on the region is a heap.
      file.store(HeapLayout.magic, at: base + HeapLayout.magicOffset)
      try file.memory.persist(base, 8)
    } catch {
      throw .vista(.storage(during: "creating the heap", error))
    }
  }

  /// Finds the heap in a region.
  ///
  /// - Throws: `.notAHeap`, `.damaged`.
  public init(in region: Region) throws(HeapError) {
    try Self.checkMapped(region)
    let (file, base) = (region.file, region.offset)
    guard file.memory.load(base + HeapLayout.magicOffset) == HeapLayout.magic else {
      throw .notAHeap(segment: region.segment, reason: "it does not begin as one")
    }
    let version = file.memory.load(base + HeapLayout.versionOffset)
    guard version == HeapLayout.version else {
      throw .notAHeap(segment: region.segment, reason: "its version is \(version), not \(HeapLayout.version)")
    }
    let pageCount = file.memory.load(base + HeapLayout.pageCountOffset)
    guard pageCount > 0, pageCount <= UInt64(HeapLayout.pageCount(region.length)) else {
      throw .notAHeap(
        segment: region.segment,
        reason: "it has \(pageCount) pages, but the region only \(region.length) bytes")
    }
    self.region = region
    state = try file.heaps.withLock { (heaps) throws(HeapError) in
      if let known = heaps.first(where: { $0.base == base }) { return known }
      let state = try HeapState(in: file, base: base, pageCount: Int(pageCount))
      heaps.append(state)
      return state
    }
  }

  private static func checkMapped(_ region: Region) throws(HeapError) {
    if region.isMapped { return }
    throw .vista(.regionNotMapped(segment: region.segment, offset: region.offset))
  }

  /// Bytes in pages of 4096 that nothing is in: other pages may have room for more of what they hold.
  public var bytesFree: Int { state.withTables { $0.bytesFree } }

  // MARK: Memory

  public func allocate(
    _ length: Int, alignment: Int, by transaction: borrowing Transaction
  ) throws(HeapError) -> Int {
    guard alignment > 0, alignment & (alignment - 1) == 0, alignment <= HeapLayout.alignmentMax else {
      throw .invalidArgument("an alignment is a power of 2 to \(HeapLayout.alignmentMax), not \(alignment)")
    }
    guard length >= 0 else { throw .invalidArgument("cannot allocate \(length) bytes") }
    let use: UInt64
    let taken: HeapTables.Block?
    if let kind = PageLayout.kind(max(1, length), alignment: max(16, alignment)) {
      use = UInt64(PageLayout.blockLengths[kind])
      taken = state.withTables { $0.takeBlock(kind: kind) }
    } else {
      let count = length / HeapLayout.pageLength + (length % HeapLayout.pageLength == 0 ? 0 : 1)
      use = PageLayout.runFlag + UInt64(max(1, count))
      taken = count <= state.pageCount ? state.withTables { $0.takeRun(count: max(1, count)) } : nil
    }
    guard let block = taken else { throw .full(length: length, alignment: alignment, bytesFree: bytesFree) }
    do throws(HeapError) {
      try log(.allocation, block, by: transaction)
    } catch {
      state.withTables { $0.release(block) }
      throw error
    }
    state.setBit(block, use: use)
    return offset(of: block)
  }

  public func free(_ offset: Int, by transaction: borrowing Transaction) throws(HeapError) {
    guard let block = block(at: offset), isFreeable(block, by: transaction) else {
      throw .notAllocated(offset: offset)
    }
    let isFirst = state.withTables { tables in
      if tables.isLeaving(block) { return false }
      tables.setLeaving(block, true)
      return true
    }
    guard isFirst else { throw .notAllocated(offset: offset) }
    do throws(HeapError) {
      try log(.release, block, by: transaction)
    } catch {
      state.withTables { $0.setLeaving(block, false) }
      throw error
    }
  }

  /// Whether a block is there to be freed: one that another open transaction allocated is not.
  private func isFreeable(_ block: HeapTables.Block, by transaction: borrowing Transaction) -> Bool {
    let (isTaken, isPending) = state.withTables { ($0.isTaken(block), $0.isPending(block)) }
    if !isTaken || !isPending { return isTaken }
    let (place, bit) = (state.wordPlace(block), block.bit % 64)
    return transaction.hasRecord { record, segment in
      record.kind == .allocation && record.place == place && record.length == bit && segment === region.file
    }
  }

  private func log(
    _ kind: UndoRecord.Kind, _ block: HeapTables.Block, by transaction: borrowing Transaction
  ) throws(HeapError) {
    do throws(VistaError) {
      try transaction.appendHeapRecord(kind, region, place: state.wordPlace(block), bit: block.bit % 64)
    } catch {
      throw .vista(error)
    }
  }

  // MARK: Places

  func offset(of block: HeapTables.Block) -> Int {
    let start = HeapLayout.blocksOffset(state.pageCount) + block.page * HeapLayout.pageLength
    let use = state.withTables { $0.pages[block.page].use }
    guard case .blocks(let kind) = use else { return start }
    return start + block.bit * PageLayout.blockLengths[kind]
  }

  /// The block that begins at `offset`; nil where none can.
  private func block(at offset: Int) -> HeapTables.Block? {
    let first = HeapLayout.blocksOffset(state.pageCount)
    guard offset >= first, offset - first < state.pageCount * HeapLayout.pageLength else { return nil }
    let start = offset - first
    let (page, rest) = start.quotientAndRemainder(dividingBy: HeapLayout.pageLength)
    switch state.withTables({ $0.pages[page].use }) {
    case .blocks(let kind) where rest % PageLayout.blockLengths[kind] == 0:
      let bit = rest / PageLayout.blockLengths[kind]
      return bit < HeapLayout.pageLength / PageLayout.blockLengths[kind]
        ? HeapTables.Block(page: page, bit: bit) : nil
    case .run where rest == 0: return HeapTables.Block(page: page, bit: 0)
    case .blocks, .run, .free, .continuation: return nil
    }
  }

  // MARK: Values

  public func load<Value: BitwiseCopyable>(_ type: Value.Type, at offset: Int) -> Value {
    region.load(type, at: offset)
  }

  public func store<Value: BitwiseCopyable>(
    _ value: Value, at offset: Int, by transaction: borrowing Transaction
  ) throws(HeapError) {
    do { try transaction.store(value, in: region, at: offset) } catch { throw .vista(error) }
  }

  public func store(
    _ bytes: RawSpan, at offset: Int, by transaction: borrowing Transaction
  ) throws(HeapError) {
    do { try transaction.modify(region, at: offset, with: bytes) } catch { throw .vista(error) }
  }
}
