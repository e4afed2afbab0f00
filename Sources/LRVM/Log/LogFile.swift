import Storage

/// Up to where a durable status block vouches for a log: from then on, a log that ends before it is known to be damaged.
///
/// Nothing that lies behind it reaches a segment. So what writes to segments asks for one, and only a block that a
/// process has made durable gives one. A log that lost its last batches (syncs that lied, sectors that rotted) would otherwise look
/// like one that never had them, beside segments that have a part of them.
struct VouchedEnd {
  let position: UInt64

  fileprivate init(durable status: StatusBlock) { position = status.durableEnd }
}

/// A status block that was written, and may not be durable yet.
struct WrittenStatus {
  fileprivate let block: StatusBlock

  fileprivate init(_ block: StatusBlock) { self.block = block }
}

/// The log's file: its header, and the status block that holds.
///
/// Not thread-safe: the engine calls it under its maintenance lock.
final class LogFile {
  let file: any StorageFile
  let shape: LogShape
  /// The status block that holds: the newest that was found, or the newest that was made durable since.
  private(set) var status: StatusBlock
  /// Slots that held something else than a block when the log was opened: a write that was torn, or damage.
  private(set) var statusBlocksFoundDamaged = 0
  /// Up to where a block that this process made durable vouches for the log; nil before there is one.
  private(set) var vouchedEnd: VouchedEnd?
  /// The counter of a block that was written and is not known to be durable.
  private var counterInFlight: UInt64?
  private var isFoundSynced = false
  /// Whether the shape came from the second copy of the header. The first is written anew before anything else.
  private let isHeaderDamaged: Bool
  /// Whether each write is durable when it returns.
  ///
  /// Status blocks and records then, both: the ring's beginning may share a page of the system's cache with the last
  /// status block, and writing back a page that was changed in the cache would undo a direct write of its neighbours.
  private(set) var writesDurably = false
  private var buffer = ByteBuffer(alignment: 4096)

  var name: String { file.name }

  /// Opens and locks a log, and finds the status block that holds. Writes nothing.
  init(opening name: String, on storage: any Storage) throws(RVMError) {
    do {
      file = try storage.open(name, .readWrite)
      try file.lockExclusively()
    } catch  where error.cause == .locked {
      throw .logInUse(log: name)
    } catch {
      throw .storage(during: "opening the log", error)
    }
    (shape, isHeaderDamaged) = try LogHeader.read(file)
    let length: Int
    let slots: StatusSlots
    do { (length, slots) = (try file.size(), try StatusSlots(file, shape)) } catch {
      throw .storage(during: "reading the log", error)
    }
    guard length >= shape.fileLength else {
      throw .logTruncated(log: name, length: length, expected: shape.fileLength)
    }
    statusBlocksFoundDamaged = slots.damagedCount
    guard let newest = slots.newest else {
      throw .logDamaged(log: name, reason: "none of its status blocks is valid")
    }
    status = newest
  }

  /// Creates a log, complete or not at all: it takes its name only once it is durable.
  static func create(_ name: String, _ shape: LogShape, on storage: any Storage) throws(RVMError) {
    if let problem = shape.problem { throw .invalidArgument("cannot create log '\(name)': \(problem)") }
    try NewFile.create(name, on: storage, during: "creating the log") { (file) throws(StorageError) in
      var buffer = ByteBuffer()
      try file.allocate(shape.fileLength)
      // Written once now, so that a later sync of records carries no metadata of the file.
      buffer.resize(to: 1 << 16)
      buffer.fill(0..<buffer.count, with: 0)
      var offset = 0
      while offset < shape.fileLength {
        let count = min(buffer.count, shape.fileLength - offset)
        try file.write(buffer.bytes.extracting(0..<count), at: offset)
        offset += count
      }
      LogHeader.encode(shape, into: &buffer)
      try file.write(buffer.bytes, at: 0)
      let status = StatusBlock()
      status.encode(into: &buffer, sectorLength: shape.sectorLength)
      try file.write(buffer.bytes, at: shape.statusOffset(counter: status.counter))
    }
  }

  /// Throws where the log's name leads to another file by now: what is written here would never be found.
  func checkName(on storage: any Storage) throws(RVMError) {
    guard let identity = file.identity else { return }
    let named: any StorageFile
    do { named = try storage.open(name, .readOnly) } catch { throw .logReplaced(log: name) }
    defer { named.close() }
    guard named.identity == identity else { throw .logReplaced(log: name) }
  }

  /// Writes `change` of the status in the turn of its slot. It holds only once it is durable: `makeDurable`.
  func writeStatus(_ change: (inout StatusBlock) -> Void) throws(RVMError) -> WrittenStatus {
    if !isFoundSynced {
      if isHeaderDamaged { try restoreHeader() }
      // A process that died may have left its last block written but not synced; this one must find it durable.
      try sync(during: "syncing the log that was found")
      isFoundSynced = true
    }
    var next = status
    change(&next)
    next.counter = status.counter + 1
    next.encode(into: &buffer, sectorLength: shape.sectorLength)
    counterInFlight = next.counter
    do {
      try write(at: shape.statusOffset(counter: next.counter))
    } catch {
      voidStatusInFlight()
      throw .storage(during: "writing the status block", error)
    }
    return WrittenStatus(next)
  }

  private func restoreHeader() throws(RVMError) {
    LogHeader.encode(shape, into: &buffer)
    do { try buffer.write(0..<shape.sectorLength, to: file, at: 0) } catch {
      throw .storage(during: "restoring the log's header", error)
    }
  }

  /// Writes the next status block and makes it durable.
  @discardableResult
  func replaceStatus(_ change: (inout StatusBlock) -> Void) throws(RVMError) -> VouchedEnd {
    try makeDurable(try writeStatus(change)) { () throws(RVMError) in
      try sync(during: "syncing the status block")
    }
  }

  /// Makes the status block durable that was written, by `sync` where the write was not; from now on it holds.
  func makeDurable(
    _ written: WrittenStatus, _ sync: () throws(RVMError) -> Void
  ) throws(RVMError) -> VouchedEnd {
    do {
      if !writesDurably { try sync() }
    } catch {
      voidStatusInFlight()
      throw error
    }
    status = written.block
    counterInFlight = nil
    let vouched = VouchedEnd(durable: status)
    vouchedEnd = vouched
    return vouched
  }

  func sync(during: String) throws(RVMError) {
    do { try file.sync(.data) } catch { throw .storage(during: during, error) }
  }

  /// Takes back a block whose write or sync failed, if there is one: nothing was built on it.
  ///
  /// Otherwise the cache might show it to the next opening, which would take it for durable after a sync that
  /// writes nothing. As well as it can be done on a disk that fails: where this fails too, the block before it is durable.
  func voidStatusInFlight() {
    guard let counter = counterInFlight else { return }
    counterInFlight = nil
    buffer.resize(to: shape.sectorLength)
    buffer.fill(0..<buffer.count, with: 0)
    try? write(at: shape.statusOffset(counter: counter))
  }

  private func write(at offset: Int) throws(StorageError) {
    if writesDurably {
      try buffer.writeDurably(0..<buffer.count, to: file, at: offset)
    } else {
      try buffer.write(0..<buffer.count, to: file, at: offset)
    }
  }

  /// Writes the sectors at these positions once more, `distance` positions further on, as sectors of another generation.
  ///
  /// They belong to the log, as a scan has found; the copies have the same records in the same batches.
  func copySectors(
    _ positions: Range<UInt64>, by distance: UInt64, generation: UInt32
  ) throws(RVMError) {
    var reader = SectorReader(file, shape)
    var first = positions.lowerBound + distance
    buffer.removeAll()
    for position in positions {
      let found = try reader.ask(position) { SectorStamp.verify($0) }
      guard var stamp = found, stamp.position == position, stamp.generation == status.generation else {
        throw .logDamaged(
          log: name, reason: "the sector at position \(position) has changed while it was read")
      }
      try reader.read(position, stamp)
      stamp.position += distance
      stamp.generation = generation
      let start = buffer.count
      reader.appendSector(position, to: &buffer)
      stamp.seal(&buffer, sectorAt: start, sectorLength: shape.sectorLength)
      let next = stamp.position + 1
      let isWrap = next % UInt64(shape.recordSectors) == 0
      if isWrap || buffer.count >= Self.copiedBytesMax || position + 1 == positions.upperBound {
        do { try buffer.write(0..<buffer.count, to: file, at: shape.fileOffset(of: first)) } catch {
          throw .storage(during: "moving the end of the log", error)
        }
        buffer.removeAll()
        first = next
      }
    }
  }

  /// How much is copied with one write, in bytes.
  private static let copiedBytesMax = 1 << 18

  /// Decides how the log is written from now on: directly only if the file can do that with sectors of this length.
  ///
  /// All that was written before is synced first: by the status block that recovery ends with, or where there was nothing to
  /// recover by the sync before the first status block.
  func choose(_ writes: Options.LogWrites) {
    let alignment = file.durableWriteAlignment
    let isDirectPossible = alignment > 0 && shape.sectorLength % alignment == 0
    writesDurably = writes == .durable || writes == .direct && isDirectPossible
  }
}
