internal import CPosix
internal import SystemPackage

/// The calls to the operating system: the only door from Swift to libc in this library.
///
/// Each is one call, neither continued nor repeated, and comes back as the kernel has it: a count or a descriptor,
/// or the errno negated. They are values, so that a test can put a call in their place that writes short,
/// is interrupted, or fails, where a healthy disk never does.
///
/// - Safety: only `writeGathering` takes pointers, and is marked by its type.
@safe struct SystemCalls: Sendable {
  enum OpenFlags: Sendable {
    case file(OpenMode)
    case directory
  }

  enum Kind: Sendable {
    case directory
    /// A regular file or a device: bytes at offsets.
    case bytes
    /// A pipe or a socket: no offsets.
    case stream
  }

  var open: @Sendable (_ directory: CInt, _ path: String, _ flags: OpenFlags) -> Int = {
    directory, path, flags in
    unsafe path.withCString { path in
      unsafe Int(cposix_openat(directory, path, cMode(flags)))
    }
  }
  var close: @Sendable (_ descriptor: CInt) -> Int = { Int(cposix_close($0)) }
  var kind: @Sendable (_ descriptor: CInt) -> Result<Kind, Errno> = { descriptor in
    let result = cposix_kind(descriptor)
    if result < 0 { return .failure(Errno(rawValue: -result)) }
    switch cposix_file_kind(UInt32(result)) {
    case CPOSIX_KIND_DIRECTORY: return .success(.directory)
    case CPOSIX_KIND_BYTES: return .success(.bytes)
    default: return .success(.stream)
    }
  }

  var identify: @Sendable (_ descriptor: CInt) -> Result<FileIdentity, Errno> = { descriptor in
    var identity = cposix_identity()
    let result = unsafe cposix_identify(descriptor, &identity)
    return result < 0
      ? .failure(Errno(rawValue: -result))
      : .success(FileIdentity(device: identity.device, number: identity.number))
  }

  var read: @Sendable (_ descriptor: CInt, _ buffer: inout MutableRawSpan, _ offset: Int) -> Int = {
    descriptor, buffer, offset in
    unsafe buffer.withUnsafeMutableBytes { bytes in
      unsafe cposix_pread(descriptor, bytes.baseAddress, bytes.count, Int64(offset))
    }
  }
  var write: @Sendable (_ descriptor: CInt, _ bytes: RawSpan, _ offset: Int) -> Int = {
    descriptor, bytes, offset in
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe cposix_pwrite(descriptor, bytes.baseAddress, bytes.count, Int64(offset))
    }
  }
  /// Takes at most `partsMax` parts.
  var writeGathering:
    @Sendable (_ descriptor: CInt, _ parts: [UnsafeRawBufferPointer], _ offset: Int) -> Int =
      { descriptor, parts, offset in
        let parts = unsafe parts.map { part in
          unsafe iovec(iov_base: UnsafeMutableRawPointer(mutating: part.baseAddress), iov_len: part.count)
        }
        return unsafe parts.withUnsafeBufferPointer { parts in
          unsafe cposix_pwritev(descriptor, parts.baseAddress, CInt(parts.count), Int64(offset))
        }
      }

  /// The same file once more; each write is durable when it returns.
  var reopenDirect: @Sendable (_ descriptor: CInt) -> Int = { Int(cposix_reopen_direct($0)) }
  /// As the kernel says; 0 where direct calls do not work, `.noFunction` where it does not say.
  var statedDirectAlignment: @Sendable (_ descriptor: CInt) -> Int = {
    Int(cposix_stated_direct_alignment($0))
  }
  /// As direct calls on the descriptor show; 0 where they do not work.
  var triedDirectAlignment: @Sendable (_ descriptor: CInt) -> Int = { Int(cposix_tried_direct_alignment($0)) }

  /// Of the device below the file, in bytes; `.noSuchFileOrDirectory` where there is none.
  var sectorLength: @Sendable (_ descriptor: CInt) -> Int = { Int(cposix_sector_length($0)) }
  /// In what the file system gives space to the file, in bytes.
  var blockLength: @Sendable (_ descriptor: CInt) -> Int = { Int(cposix_block_length($0)) }
  var size: @Sendable (_ descriptor: CInt) -> Int = { Int(cposix_size($0)) }
  var truncate: @Sendable (_ descriptor: CInt, _ size: Int) -> Int = { Int(cposix_ftruncate($0, Int64($1))) }
  var allocate: @Sendable (_ descriptor: CInt, _ size: Int) -> Int = { Int(cposix_fallocate($0, Int64($1))) }
  /// Not every kernel has it.
  var startWriting: @Sendable (_ descriptor: CInt, _ offset: Int, _ length: Int) -> Int = {
    Int(cposix_start_writing($0, Int64($1), Int64($2)))
  }
  var sync: @Sendable (_ descriptor: CInt, _ kind: SyncKind) -> Int = { descriptor, kind in
    switch kind {
    case .data: Int(cposix_fdatasync(descriptor))
    case .full: Int(cposix_fsync(descriptor))
    }
  }
  var lock: @Sendable (_ descriptor: CInt) -> Int = { Int(cposix_lock($0)) }
  var unlock: @Sendable (_ descriptor: CInt) -> Int = { Int(cposix_unlock($0)) }
  /// The process that asks.
  var process: @Sendable () -> CInt = { cposix_process() }

  var rename: @Sendable (_ directory: CInt, _ path: String, _ newPath: String) -> Int = {
    directory, path, newPath in
    unsafe path.withCString { path in
      unsafe newPath.withCString { newPath in
        unsafe Int(cposix_renameat(directory, path, newPath))
      }
    }
  }
  var remove: @Sendable (_ directory: CInt, _ path: String) -> Int = { directory, path in
    unsafe path.withCString { path in unsafe Int(cposix_unlinkat(directory, path)) }
  }
  /// The regular files of the directory, in any order. Names that are not UTF-8 are left out.
  var list: @Sendable (_ directory: CInt) -> Result<[String], Errno> = { directory in
    var names: [String] = []
    let result = unsafe withUnsafeMutablePointer(to: &names) { names in
      unsafe cposix_list(
        directory,
        { context, name in
          guard let context = unsafe context, let name = unsafe name,
            let name = unsafe String(validatingCString: name)
          else { return }
          unsafe context.assumingMemoryBound(to: [String].self).pointee.append(name)
        }, names)
    }
    return result < 0 ? .failure(Errno(rawValue: -result)) : .success(names)
  }

  /// Where relative paths start from before a directory is open.
  static let workingDirectory = cposix_working_directory
  /// The most parts of one gathering write (IOV_MAX).
  static let partsMax = Int(cposix_parts_max)

  /// Makes a call until it is not interrupted by a signal (EINTR).
  static func retrying(_ call: () -> Int) throws(Errno) -> Int {
    while true {
      let result = call()
      if result >= 0 { return result }
      let errno = Errno(rawValue: CInt(-result))
      if errno != .interrupted { throw errno }
    }
  }

  private static func cMode(_ flags: OpenFlags) -> cposix_open_mode {
    switch flags {
    case .directory: CPOSIX_DIRECTORY
    case .file(.readOnly): CPOSIX_READ_ONLY
    case .file(.readWrite): CPOSIX_READ_WRITE
    case .file(.createNew): CPOSIX_CREATE_NEW
    case .file(.createOrOpen): CPOSIX_CREATE_OR_OPEN
    }
  }
}
