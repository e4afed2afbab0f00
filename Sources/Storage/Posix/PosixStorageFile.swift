internal import Synchronization
internal import SystemPackage

/// An open file of the real disk. Any call from any thread; see `PosixStorage`.
///
/// `close()` waits for nobody: calls that are under way end as if it had come after them, and the last of
/// them lets the descriptor and its lock go.
final class PosixStorageFile: StorageFile {
  let name: String
  private let descriptor: Descriptor
  private let isWritable: Bool
  /// A system call costs as much as copying some KiB; more than this gains nothing.
  let sequentialReadLength = 1 << 18

  /// This many stretches are written by a call for each: reading them first is a call too.
  private static let singleStretchesMax = 2

  private let direct = Mutex(DirectWrites.untried)

  init(name: String, _ descriptor: Descriptor, isWritable: Bool) {
    self.name = name
    self.descriptor = descriptor
    self.isWritable = isWritable
  }

  func read(into buffer: inout MutableRawSpan, at offset: Int) throws(StorageError) -> Int {
    try call(.read, at: offset, buffer.byteCount) { () throws(Errno) in
      try descriptor.read(into: &buffer, at: offset)
    }
  }

  func write(_ bytes: RawSpan, at offset: Int) throws(StorageError) {
    try call(.write, at: offset, bytes.byteCount, changes: true) { () throws(Errno) in
      try descriptor.write(bytes, at: offset)
    }
  }

  @unsafe func write(gathering parts: [UnsafeRawBufferPointer], at offset: Int) throws(StorageError) {
    let count = unsafe parts.reduce(0) { $0 + $1.count }
    try call(.write, at: offset, count, changes: true) { () throws(Errno) in
      try unsafe descriptor.write(gathering: parts, at: offset)
    }
  }

  func write(_ placements: Span<Placement>, of bytes: RawSpan) throws(StorageError) {
    if placements.isEmpty { return try writeStretches(placements, of: bytes) }
    let end = placements[placements.count - 1].end
    let blockLength = try call(.write, at: placements[0].offset, end - placements[0].offset, changes: true) {
      () throws(Errno) in try descriptor.keptBlockLength()
    }
    var run: [UInt8] = []
    var start = 0
    while start < placements.count {
      let (end, stretches) = Descriptor.runEnd(from: start, in: placements, blockLength)
      let near = placements.extracting(start..<end)
      if stretches > Self.singleStretchesMax {
        try call(.write) { () throws(Errno) in try descriptor.write(near, of: bytes, through: &run) }
      } else {
        try writeStretches(near, of: bytes)
      }
      start = end
    }
  }

  var durableWriteAlignment: Int {
    guard isWritable, descriptor.hold() else { return 0 }
    defer { descriptor.release() }
    return direct.withLock { $0.find(for: descriptor)?.alignment ?? 0 }
  }

  func writeDurably(_ bytes: RawSpan, at offset: Int) throws(StorageError) {
    try call(.write, at: offset, bytes.byteCount, changes: true) { () throws(Errno) in
      if bytes.byteCount == 0 { return }
      // It is held as any descriptor: `close()` must not pull it from under the rest of a short write.
      if let way = direct.withLock({ $0.find(for: descriptor) }), way.takes(bytes, at: offset),
        way.descriptor.hold()
      {
        defer { way.descriptor.release() }
        do throws(Errno) {
          return try way.descriptor.write(bytes, at: offset)
        } catch .invalidArgument {
          // The file system refuses now what it took before: never again, and this time in two calls.
          direct.withLock { $0.end() }
        }
      }
      try descriptor.write(bytes, at: offset)
      _ = try descriptor.call { $0.sync($1, .data) }
    }
  }

  func mapPrivately(offset: Int, length: Int) throws(StorageError) -> (any PrivateMapping)? {
    try call(.map, at: offset, length) { () throws(Errno) in
      do throws(Errno) {
        return try PosixPrivateMapping(descriptor, offset: offset, length: length)
      } catch .operationNotSupportedByDevice {
        return nil
      }
    }
  }

  var identity: FileIdentity? {
    guard descriptor.hold() else { return nil }
    defer { descriptor.release() }
    return try? descriptor.call { $0.identify($1) }
  }

  func size() throws(StorageError) -> Int {
    try call(.size) { () throws(Errno) in
      try descriptor.call { $0.size($1) }
    }
  }

  func truncate(to size: Int) throws(StorageError) {
    _ = try call(.truncate, at: size, changes: true) { () throws(Errno) in
      try descriptor.call { $0.truncate($1, size) }
    }
  }

  func allocate(_ size: Int) throws(StorageError) {
    try call(.allocate, at: size, changes: true) { () throws(Errno) in
      try descriptor.allocate(size)
    }
  }

  func sync(_ kind: SyncKind) throws(StorageError) {
    _ = try call(.sync) { () throws(Errno) in
      try descriptor.call { $0.sync($1, kind) }
    }
  }

  func startWriting(_ length: Int, at offset: Int) throws(StorageError) {
    try call(.write, at: offset, length, changes: true) { () throws(Errno) in
      do throws(Errno) {
        _ = try descriptor.call { $0.startWriting($1, offset, length) }
      } catch .noFunction, .notSupported {
        return
      }
    }
  }

  func lockExclusively() throws(StorageError) {
    do {
      try call(.lock) { () throws(Errno) in
        try descriptor.lock()
      }
    } catch  where error.cause == .errno(.wouldBlock) {
      throw StorageError(.lock, name, .locked)
    }
  }

  func close() {
    descriptor.close()
    direct.withLock { $0.end() }
  }

  /// Runs `body` with the descriptor held open, after the checks that every call makes, in this order.
  private func call<Result>(
    _ operation: StorageError.Operation, at offset: Int = 0, _ count: Int = 0, changes: Bool = false,
    _ body: () throws(Errno) -> Result
  ) throws(StorageError) -> Result {
    guard descriptor.hold() else { throw StorageError(operation, name, .closed) }
    defer { descriptor.release() }
    guard offset >= 0, !offset.addingReportingOverflow(count).overflow else {
      throw StorageError(operation, name, .invalidOffset)
    }
    // The kernel's own errors for a file that is open for reading differ from call to call.
    guard isWritable || !changes else { throw StorageError(operation, name, .errno(.badFileDescriptor)) }
    do {
      return try body()
    } catch {
      throw StorageError(operation, name, .errno(error))
    }
  }
}
