import Storage

/// What never changes in a log's life: written once, so no crash can tear it, and kept twice, in the first sector and in the
/// second, so that the loss of one does not cost the log.
///
///     0   magic          8   "LRVM log"
///     8   version        4   3
///     12  sectorLength   4
///     16  statusLength   4
///     20  zero           4
///     24  recordSectors  8
///     32  checksum       8   XXH3 of bytes 0..<32
enum LogHeader {
  static let version: UInt32 = 3
  static let length = 40
  static let copies = 2
  private static let magic: UInt64 = 0x676f_6c20_4d56_524c  // "LRVM log", read little-endian

  /// Replaces the buffer's content by the copies, each padded with zeros to one sector.
  static func encode(_ shape: LogShape, into buffer: inout ByteBuffer) {
    buffer.resize(to: copies * shape.sectorLength)
    buffer.fill(0..<buffer.count, with: 0)
    for copy in 0..<copies {
      let start = copy * shape.sectorLength
      buffer.store(magic, at: start)
      buffer.store(version, at: start + 8)
      buffer.store(UInt32(shape.sectorLength), at: start + 12)
      buffer.store(UInt32(shape.statusLength), at: start + 16)
      buffer.store(UInt64(shape.recordSectors), at: start + 24)
      buffer.store(buffer.checksum(of: start..<start + 32, seed: 0), at: start + 32)
    }
  }

  /// What the bytes at a copy's place are.
  enum Copy: Hashable {
    case shape(LogShape)
    case otherVersion(UInt32)
    /// Sealed, but of a shape that no log has.
    case nonsense(String)
    /// Something else; `isBegun` where it has the magic number.
    case none(isBegun: Bool)
  }

  static func decode(_ buffer: borrowing ByteBuffer) -> Copy {
    let isBegun = buffer.count >= 8 && buffer.load(UInt64.self, at: 0) == magic
    guard isBegun, buffer.count >= length,
      buffer.load(UInt64.self, at: 32) == buffer.checksum(of: 0..<32, seed: 0)
    else {
      return .none(isBegun: isBegun)
    }
    let found = buffer.load(UInt32.self, at: 8)
    guard found == version else { return .otherVersion(found) }
    let shape = LogShape(
      recordSectors: Int(clamping: buffer.load(UInt64.self, at: 24)),
      sectorLength: Int(buffer.load(UInt32.self, at: 12)),
      statusLength: Int(buffer.load(UInt32.self, at: 16)))
    return shape.problem.map { .nonsense($0) } ?? .shape(shape)
  }

  /// The shape of the log in `file`, and whether the first copy that tells it is damaged.
  ///
  /// - Throws: `.notALog` where nothing in the file is a log's; otherwise `.logDamaged`, `.unsupportedVersion`, `.storage`.
  static func read(_ file: any StorageFile) throws(RVMError) -> (shape: LogShape, isFirstDamaged: Bool) {
    var buffer = ByteBuffer()
    var isLog = false
    // The second copy lies in the second sector, whose place depends on the sectors' length.
    for place in [0] + LogShape.sectorLengths {
      do { try buffer.read(LogShape.sectorLengths[0], from: file, at: place) } catch {
        throw .storage(during: "reading the log", error)
      }
      switch decode(buffer) {
      case .shape(let shape) where place == 0 || place == shape.sectorLength: return (shape, place > 0)
      case .otherVersion(let found):
        throw .unsupportedVersion(log: file.name, found: found, supported: version)
      case .nonsense(let problem): throw .logDamaged(log: file.name, reason: problem)
      case .none(let isBegun): isLog = isLog || isBegun
      case .shape: isLog = true
      }
    }
    for place in LogShape.sectorLengths where !isLog {
      do { try buffer.read(8, from: file, at: copies * place) } catch {
        throw .storage(during: "reading the log", error)
      }
      isLog = buffer.count == 8 && StatusBlock.hasMagic(buffer.bytes)
    }
    if isLog { throw .logDamaged(log: file.name, reason: "both copies of its header are damaged") }
    throw .notALog(file: file.name)
  }

  /// Whether the file is a log, in whatever state.
  static func isThere(_ file: any StorageFile) throws(RVMError) -> Bool {
    do {
      _ = try read(file)
      return true
    } catch .notALog {
      return false
    } catch .storage(let during, let error) {
      throw .storage(during: during, error)
    } catch {
      return true
    }
  }

  /// Whether the second copy says that the log has this shape.
  static func isSecondCopyWhole(_ file: any StorageFile, _ shape: LogShape) throws(RVMError) -> Bool {
    var buffer = ByteBuffer()
    do { try buffer.read(length, from: file, at: shape.sectorLength) } catch {
      throw .storage(during: "reading the log", error)
    }
    return decode(buffer) == .shape(shape)
  }
}
