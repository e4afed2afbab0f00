internal import SystemPackage

/// How a file is written directly: past the system's cache, each write durable when it returns (O_DIRECT and O_DSYNC).
///
/// It saves the system a copy and a second call; where the disk takes FUA writes, a flush of its whole cache too.
/// A second descriptor of the same open file's inode is used for it, so that reading goes through the cache as before.
enum DirectWrites {
  case untried
  /// The file system has none.
  case none
  case found(Way)

  struct Way: Sendable {
    let descriptor: Descriptor
    /// In bytes: of memory, offset and length.
    let alignment: Int

    func takes(_ bytes: RawSpan, at offset: Int) -> Bool {
      let address = unsafe bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
      return address % UInt(alignment) == 0 && offset % alignment == 0 && bytes.byteCount % alignment == 0
    }
  }

  /// The way, looked for the first time that it is asked for.
  mutating func find(for descriptor: Descriptor) -> Way? {
    if case .untried = self { self = Self.look(descriptor).map { .found($0) } ?? .none }
    guard case .found(let way) = self else { return nil }
    return way
  }

  /// Writes through the cache from now on, and closes the descriptor once the calls under way have ended.
  mutating func end() {
    if case .found(let way) = self { way.descriptor.close() }
    self = .none
  }

  private static func look(_ descriptor: Descriptor) -> Way? {
    guard let reopened = try? descriptor.reopenedForDirectWrites() else { return nil }
    let stated = reopened.callOnce { $0.statedDirectAlignment($1) }
    let alignment = stated >= 0 ? stated : reopened.callOnce { $0.triedDirectAlignment($1) }
    return alignment > 0 ? Way(descriptor: reopened, alignment: alignment) : nil
  }
}
