internal import CPosix
package import SystemPackage

/// A whole file mapped into memory, shared with all who have it open, and locked for its owner.
///
/// For the `PersistentMemory` library, which knows when a store to it is permanent. The memory stays mapped while this is
/// referenced; the lock goes with `unlock`.
@safe package final class PosixSharedMapping: @unchecked Sendable {
  /// What makes a store permanent.
  package enum Kind: Sendable {
    /// The store itself: the file is nowhere but in memory.
    case stores
    /// Writing its cache line to memory.
    case lines
    /// Writing its page to the disk.
    case pages
  }

  package static let pageLength = 4096

  package let kind: Kind
  /// In bytes.
  package let length: Int
  package let memory: UnsafeMutableRawPointer
  private let descriptor: Descriptor

  fileprivate init(_ descriptor: Descriptor) throws(Errno) {
    length = try descriptor.call { $0.size($1) }
    if length == 0 { throw .invalidArgument }
    var mapped: UnsafeMutableRawPointer?
    let length = length
    let kind = try descriptor.call { _, number in unsafe Int(cposix_map_shared(number, length, &mapped)) }
    guard let memory = unsafe mapped else { throw .invalidArgument }
    unsafe self.memory = memory
    self.descriptor = descriptor
    self.kind =
      switch cposix_shared_kind(UInt32(kind)) {
      case CPOSIX_SHARED_STORES: .stores
      case CPOSIX_SHARED_LINES: .lines
      default: .pages
      }
  }

  deinit { unsafe cposix_unmap(memory, length) }

  /// Lets the file's lock go; the memory stays.
  package func unlock() {
    guard descriptor.hold() else { return }
    _ = descriptor.callOnce { _, number in Int(cposix_unlock(number)) }
    descriptor.release()
    descriptor.close()
  }

  /// Lets the pages of a range be written to, or not any more.
  package func setWritable(_ range: Range<Int>, _ isWritable: Bool) throws(Errno) {
    try unsafe onPages(range) { unsafe cposix_protect($0, $1, isWritable ? 1 : 0) }
  }

  /// Writes the pages of a range to the disk, and waits for that.
  package func sync(_ range: Range<Int>) throws(Errno) {
    try unsafe onPages(range) { unsafe cposix_sync_pages($0, $1) }
  }

  /// Makes sure that the pages of a range can be read. A kernel that cannot tell says that they can.
  package func checkReadable(_ range: Range<Int>) throws(Errno) {
    do {
      try unsafe onPages(range) { unsafe cposix_populate($0, $1) }
    } catch  where error == .invalidArgument {
      return
    }
  }

  private func onPages(
    _ range: Range<Int>, _ call: (UnsafeMutableRawPointer, Int) -> CInt
  ) throws(Errno) {
    if range.isEmpty { return }
    let start = range.lowerBound / Self.pageLength * Self.pageLength
    let end = min(length, (range.upperBound + Self.pageLength - 1) / Self.pageLength * Self.pageLength)
    _ = try SystemCalls.retrying { unsafe Int(call(memory + start, end - start)) }
  }
}

extension PosixStorage {
  /// Maps a whole file, which must not be empty, and takes its exclusive lock.
  ///
  /// - Throws: as `open`; `.locked`; `.errno(.invalidArgument)` for an empty file.
  package func mapShared(_ name: String) throws(StorageError) -> PosixSharedMapping {
    try StorageName.check(name, .map)
    do throws(Errno) {
      let number = try root.call { $0.open($1, name, .file(.readWrite)) }
      let descriptor = Descriptor(owning: CInt(number), calls)
      _ = try descriptor.call { $0.lock($1) }
      return try PosixSharedMapping(descriptor)
    } catch {
      throw StorageError(.map, name, error == .wouldBlock ? .locked : .errno(error))
    }
  }
}
