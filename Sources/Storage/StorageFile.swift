/// An open file. Closed when the last reference goes, or by `close()`.
///
/// Every call checks first that the file is open (`.closed`), then its offset and size (`.invalidOffset`: negative, or
/// the end is past `Int.max`), then, where it would change the file, that it was not opened for reading only
/// (`.errno(.badFileDescriptor)`). A call of no bytes is checked alike and changes nothing, not the size either.
public protocol StorageFile: AnyObject, Sendable {
  /// The name it was opened by; errors name it.
  var name: String { get }

  /// Reads into `buffer` from byte `offset`.
  ///
  /// - Returns: how many bytes were read: fewer than the buffer holds only where the file ends.
  func read(into buffer: inout MutableRawSpan, at offset: Int) throws(StorageError) -> Int

  /// Reads up to `length` bytes from byte `offset`, fewer only where the file ends, and returns what `question` makes of
  /// them.
  ///
  /// For who needs to know something about bytes, and not the bytes: whether a checksum holds, which record is meant. A
  /// disk that is explored (`FaultDisk`) then tells apart only what is answered differently: a hundred contents that a
  /// checksum refuses are one. So a reader asks about as few bytes as the answer hangs on, best about one sector, and
  /// for answers that say no more than it is going to use.
  ///
  /// - Parameter question: a function of the bytes, and of what the caller knows already: called again with the same bytes
  ///   it must answer the same, and it must leave no trace of the bytes but its answer. It may be called more often than
  ///   once, with bytes that are not there, and not at all after an error.
  func examine<Answer: Hashable>(
    _ length: Int, at offset: Int, _ question: (RawSpan) -> Answer
  ) throws(StorageError) -> Answer

  /// How many bytes at a time a reader should ask for that goes through a stretch of the file; 0 where a read costs
  /// little by itself, so that the reader asks for just what it needs next.
  var sequentialReadLength: Int { get }

  /// Writes all of `bytes` at byte `offset`; the file grows where it must, and a gap reads as zeros.
  func write(_ bytes: RawSpan, at offset: Int) throws(StorageError)

  /// Writes the parts one after the other from byte `offset`, as one call.
  ///
  /// - Safety: the parts must stay valid until the call returns.
  @unsafe func write(gathering parts: [UnsafeRawBufferPointer], at offset: Int) throws(StorageError)

  /// Writes parts of `bytes` to many places: in effect one `write` for each stretch of parts that lie side by side in the
  /// file, in this order. A file may do it in fewer calls.
  ///
  /// Nobody else may write to the file meanwhile. An error leaves unknown which of the parts were written.
  /// - Parameter placements: in ascending order of offset, disjoint, and within `bytes`; traps where they are not, or where
  ///   one ends past `Int.max`.
  func write(_ placements: Span<Placement>, of bytes: RawSpan) throws(StorageError)

  /// Writes all of `bytes` at byte `offset`, and returns once these bytes are durable; others need not be.
  ///
  /// As `write` and `sync(.data)` do, which it is where the file has nothing faster. An error leaves unknown what of
  /// the bytes is on the disk.
  func writeDurably(_ bytes: RawSpan, at offset: Int) throws(StorageError)

  /// The alignment of memory, offset and length, in bytes, with which `writeDurably` goes to the disk directly and in
  /// one call; 0 where it never does.
  ///
  /// Who writes so writes all of a page (4096 bytes) so, or syncs before it changes from one way to the other.
  var durableWriteAlignment: Int { get }

  /// Maps a part of the file into memory, its pages copied when they are first written to; nil where the file cannot be
  /// mapped.
  ///
  /// - Parameters:
  ///   - offset: in the file, in bytes, a multiple of the system's page length.
  ///   - length: in bytes, not 0; the file must be that long.
  func mapPrivately(offset: Int, length: Int) throws(StorageError) -> (any PrivateMapping)?

  /// Which file it is, whatever name leads to it; nil where the storage cannot tell.
  var identity: FileIdentity? { get }

  /// The file's size in bytes.
  func size() throws(StorageError) -> Int

  /// Cuts the file to `size` bytes, or grows it with zeros.
  func truncate(to size: Int) throws(StorageError)

  /// Reserves space for the first `size` bytes and grows the file to at least that size; new bytes read as zeros.
  func allocate(_ size: Int) throws(StorageError)

  /// Returns once what was written before the call is durable.
  func sync(_ kind: SyncKind) throws(StorageError)

  /// Asks the system to start writing these bytes to the disk now, rather than at the sync that will make them durable.
  ///
  /// It waits for nothing and promises nothing. Who is going to sync much, beside others who sync little and often, spreads
  /// what the disk has to do by it. An error is one of an earlier write; a file that knows no such request ignores it.
  func startWriting(_ length: Int, at offset: Int) throws(StorageError)

  /// Takes the file's exclusive lock, held until the file is closed. The lock belongs to the file, not to its name;
  /// taking it again through the same open file changes nothing.
  ///
  /// - Throws: `.locked` where another open file, of this process or another, holds it.
  func lockExclusively() throws(StorageError)

  /// Closes the file and lets its lock go. Any later call throws `.closed`; closing twice is allowed.
  func close()
}

extension StorageFile {
  public func examine<Answer: Hashable>(
    _ length: Int, at offset: Int, _ question: (RawSpan) -> Answer
  ) throws(StorageError) -> Answer {
    if length < 0 { throw StorageError(.read, name, .invalidOffset) }
    let bytes = try read(length, at: offset)
    return unsafe question(bytes.span.bytes)
  }

  public var sequentialReadLength: Int { 0 }

  public var identity: FileIdentity? { nil }

  public func writeDurably(_ bytes: RawSpan, at offset: Int) throws(StorageError) {
    try write(bytes, at: offset)
    try sync(.data)
  }

  public var durableWriteAlignment: Int { 0 }

  public func startWriting(_ length: Int, at offset: Int) throws(StorageError) {}

  public func mapPrivately(offset: Int, length: Int) throws(StorageError) -> (any PrivateMapping)? { nil }
}
