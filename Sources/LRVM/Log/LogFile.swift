import Storage

/// The log's file: its header, and the status block that holds.
///
/// Not thread-safe: the engine calls it under its maintenance lock.
final class LogFile {
  let file: any StorageFile
  let shape: LogShape
  /// The status block that is durable.
  private(set) var status: StatusBlock
  /// Whether records of this life may be written: the generation is not the one that was found at opening.
  private(set) var hasOwnGeneration = false
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
    var newest: StatusBlock?
    for counter in [0, 1] as [UInt64] {
      guard let found = try Self.readStatus(file, shape, counter: counter, &buffer) else { continue }
      if found.counter > newest?.counter ?? 0 || newest == nil { newest = found }
    }
    guard let newest else {
      throw .logDamaged(log: name, reason: "neither of its status blocks is valid")
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

  /// Writes `change` of the status to the block's other place; durable only after a sync; then `adopt` it.
  ///
  /// Called only while no record of this life is live, or with the generation that it has already: the first
  /// status of a life begins a new generation, so that no sector that an earlier life left in the ring is believed.
  func writeStatus(_ change: (inout StatusBlock) -> Void) throws(RVMError) -> StatusBlock {
    var next = status
    next.counter += 1
    if !hasOwnGeneration { next.generation += 1 }
    change(&next)
    next.encode(into: &buffer, sectorLength: shape.sectorLength)
    do {
      try buffer.write(0..<buffer.count, to: file, at: shape.statusOffset(counter: next.counter))
    } catch {
      throw .storage(during: "writing the status block", error)
    }
    return next
  }

  func sync(during: String) throws(RVMError) {
    do { try file.sync(.data) } catch { throw .storage(during: during, error) }
  }

  /// The status block that `writeStatus` wrote is durable; from now on it holds.
  func adopt(_ next: StatusBlock) {
    status = next
    hasOwnGeneration = true
  }

  private static func readStatus(
    _ file: any StorageFile, _ shape: LogShape, counter: UInt64, _ buffer: inout ByteBuffer
  ) throws(RVMError) -> StatusBlock? {
    let offset = shape.statusOffset(counter: counter)
    try read(file, at: offset, length: shape.sectorLength, into: &buffer)
    guard let used = StatusBlock.claimedLength(buffer), used <= shape.statusLength else { return nil }
    if used > buffer.count { try read(file, at: offset, length: used, into: &buffer) }
    guard let found = StatusBlock.decode(buffer), shape.statusOffset(counter: found.counter) == offset
    else { return nil }
    return found
  }

  private static func read(
    _ file: any StorageFile, at offset: Int, length: Int, into buffer: inout ByteBuffer
  ) throws(RVMError) {
    do { try buffer.read(length, from: file, at: offset) } catch {
      throw .storage(during: "reading the log", error)
    }
  }
}
