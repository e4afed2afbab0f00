import Glibc
package import SystemPackage

/// Reads the lines of a file one by one, however long the file is. Used by one task at a time.
///
/// - Safety: the buffer's pointer never leaves it.
package struct LineReader {
  /// The longest line that is read, in bytes.
  static let lineLengthMax = 1 << 26

  package let path: FilePath
  /// Nil where the file is opened for each read.
  private let file: FileDescriptor?
  /// How many bytes were read.
  private var position = 0
  private var buffer: [UInt8]
  private var start = 0
  private var end = 0
  private var isAtEnd = false
  /// Where the next line begins in the file.
  package private(set) var offset = 0
  /// How many lines were read.
  package private(set) var count = 0

  /// Opens the file.
  ///
  /// - Parameters:
  ///   - chunkLength: how many bytes are read at once.
  ///   - staysOpen: whether the file is kept open; otherwise it is opened for each read, so that a thousand files can be
  ///     read side by side with few descriptors.
  package init(_ path: FilePath, chunkLength: Int = 1 << 18, staysOpen: Bool = true) throws(FileAccessError) {
    self.path = path
    file = staysOpen ? try Self.open(path) : nil
    buffer = [UInt8](repeating: 0, count: chunkLength)
  }

  /// Closes the file.
  package func close() { try? file?.close() }

  private static func open(_ path: FilePath) throws(FileAccessError) -> FileDescriptor {
    do {
      return try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
    } catch {
      throw FileAccessError("read", path, error)
    }
  }

  /// The next line without its newline; nil at the end. What stands after the last newline is no line.
  package mutating func next() throws(FileAccessError) -> ArraySlice<UInt8>? {
    var searched = start
    while true {
      if let newline = newline(from: searched) {
        let line = buffer[start..<newline]
        offset += newline + 1 - start
        start = newline + 1
        count += 1
        return line
      }
      searched = end
      guard !isAtEnd else { return nil }
      let moved = start
      try fill()
      searched -= moved
    }
  }

  /// How many bytes stand after the last newline, once `next` has said nil.
  package var restLength: Int { end - start }

  private func newline(from index: Int) -> Int? {
    unsafe buffer.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, index < end,
        let found = unsafe memchr(base + index, CInt(UInt8(ascii: "\n")), end - index)
      else { return nil }
      return unsafe UnsafeRawPointer(found) - base
    }
  }

  /// Moves what is left to the front and reads behind it.
  private mutating func fill() throws(FileAccessError) {
    if start > 0 {
      let length = end - start
      unsafe buffer.withUnsafeMutableBytes { bytes in
        guard let base = bytes.baseAddress else { return }
        unsafe memmove(base, base + start, length)
      }
      start = 0
      end = length
    }
    if end == buffer.count {
      guard buffer.count < Self.lineLengthMax else {
        throw FileAccessError("read", path, Errno.fileTooLarge)
      }
      buffer += [UInt8](repeating: 0, count: buffer.count)
    }
    let open: FileDescriptor
    if let file { open = file } else { open = try Self.open(path) }
    defer { if file == nil { try? open.close() } }
    do {
      let room = end..<buffer.count
      let place = Int64(position)
      let read = try unsafe buffer.withUnsafeMutableBytes { bytes in
        try unsafe open.read(
          fromAbsoluteOffset: place, into: UnsafeMutableRawBufferPointer(rebasing: bytes[room]))
      }
      position += read
      isAtEnd = read == 0
      end += read
    } catch {
      throw FileAccessError("read", path, error)
    }
  }
}
