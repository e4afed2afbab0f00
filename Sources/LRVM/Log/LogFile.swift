import Storage

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
  /// Where the newest block lies that is known to be durable; nil where that one was found damaged.
  private var provenSlot: Int?
  private var provenCounter: UInt64
  private var buffer = ByteBuffer()

  var name: String { file.name }

  /// Opens and locks a log, and finds the status block that holds. Writes nothing.
  init(opening name: String, on storage: any Storage) throws(RVMError) {
    var buffer = ByteBuffer()
    do {
      file = try storage.open(name, .readWrite)
      try file.lockExclusively()
    } catch  where error.cause == .locked {
      throw .logInUse(log: name)
    } catch {
      throw .storage(during: "opening the log", error)
    }
    try Self.read(file, at: 0, length: 512, into: &buffer)
    shape = try LogHeader.decode(buffer, log: name)
    let length: Int
    do { length = try file.size() } catch { throw .storage(during: "opening the log", error) }
    guard length >= shape.fileLength else {
      throw .logTruncated(log: name, length: length, expected: shape.fileLength)
    }
    let found = [
      try Self.readStatus(file, shape, slot: 0, &buffer, &statusBlocksFoundDamaged),
      try Self.readStatus(file, shape, slot: 1, &buffer, &statusBlocksFoundDamaged),
      try Self.readStatus(file, shape, slot: 2, &buffer, &statusBlocksFoundDamaged),
    ]
    var newest: StatusBlock?
    for case let block? in found where newest == nil || block.counter > newest?.counter ?? 0 {
      newest = block
    }
    guard let newest else {
      throw .logDamaged(log: name, reason: "none of its status blocks is valid")
    }
    status = newest
    provenCounter = newest.provenCounter
    provenSlot = found.firstIndex { $0?.counter == newest.provenCounter }
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
      try file.write(buffer.bytes, at: shape.statusOffset(slot: status.slot))
    }
  }

  /// Writes `change` of the status to a slot that is free for it; durable only after a sync; then `adopt` it.
  func writeStatus(_ change: (inout StatusBlock) -> Void) throws(RVMError) -> StatusBlock {
    var next = status
    change(&next)
    next.counter = status.counter + 1
    next.provenCounter = provenCounter
    next.slot = freeSlot
    next.encode(into: &buffer, sectorLength: shape.sectorLength)
    do {
      try buffer.write(0..<buffer.count, to: file, at: shape.statusOffset(slot: next.slot))
    } catch {
      throw .storage(during: "writing the status block", error)
    }
    return next
  }

  /// Writes the next status block and makes it durable.
  func replaceStatus(_ change: (inout StatusBlock) -> Void) throws(RVMError) {
    let next = try writeStatus(change)
    try sync(during: "syncing the status block")
    adopt(next)
  }

  func sync(during: String) throws(RVMError) {
    do { try file.sync(.data) } catch { throw .storage(during: during, error) }
  }

  /// The status block that `writeStatus` wrote is durable; from now on it holds.
  func adopt(_ next: StatusBlock) {
    status = next
    provenSlot = next.slot
    provenCounter = next.counter
  }

  /// A slot with neither the block that holds nor the newest durable one: a write that is torn destroys neither.
  private var freeSlot: Int {
    let next = (status.slot + 1) % StatusBlock.slots
    return next == provenSlot ? (next + 1) % StatusBlock.slots : next
  }

  private static func readStatus(
    _ file: any StorageFile, _ shape: LogShape, slot: Int, _ buffer: inout ByteBuffer, _ damaged: inout Int
  ) throws(RVMError) -> StatusBlock? {
    let offset = shape.statusOffset(slot: slot)
    try read(file, at: offset, length: shape.sectorLength, into: &buffer)
    if buffer.count >= 8, buffer.load(UInt64.self, at: 0) == 0 { return nil }
    if let used = StatusBlock.claimedLength(buffer), used <= shape.statusLength {
      if used > buffer.count { try read(file, at: offset, length: used, into: &buffer) }
      if let found = StatusBlock.decode(buffer), found.slot == slot { return found }
    }
    damaged += 1
    return nil
  }

  private static func read(
    _ file: any StorageFile, at offset: Int, length: Int, into buffer: inout ByteBuffer
  ) throws(RVMError) {
    do { try buffer.read(length, from: file, at: offset) } catch {
      throw .storage(during: "reading the log", error)
    }
  }
}
