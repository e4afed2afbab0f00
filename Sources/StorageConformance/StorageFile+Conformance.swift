internal import Storage

extension StorageFile {
  /// All bytes of the file, asked for with one byte too many, so that a wrong size shows.
  func contents() throws -> [UInt8] {
    try read(size() + 1, at: 0)
  }

  /// The vectored write, for parts that are arrays.
  func writeGathering(_ parts: [[UInt8]], at offset: Int) throws {
    try unsafe Array(parts.joined()).withUnsafeBytes { joined in
      var pointers: [UnsafeRawBufferPointer] = unsafe []
      var start = 0
      for part in parts {
        unsafe pointers.append(UnsafeRawBufferPointer(rebasing: joined[start..<start + part.count]))
        start += part.count
      }
      try unsafe write(gathering: pointers, at: offset)
    }
  }
}

extension RawSpan {
  var array: [UInt8] { unsafe withUnsafeBytes { bytes in unsafe [UInt8](bytes) } }
}

/// Bytes for a place in a file.
struct PlacedBytes: Sendable {
  var offset: Int
  var bytes: [UInt8]
}

extension StorageFile {
  /// The write to many places, for parts that are arrays; those of the last parts lie first in the buffer.
  func writePlaced(_ parts: [PlacedBytes]) throws {
    var buffer: [UInt8] = []
    var placements: [Placement] = []
    for part in parts.reversed() where !part.bytes.isEmpty {
      placements.append(Placement(offset: part.offset, start: buffer.count, length: part.bytes.count))
      buffer += part.bytes
    }
    placements.reverse()
    try unsafe write(placements.span, of: buffer.span.bytes)
  }
}

extension Storage {
  /// A new file with these bytes, open.
  func file(_ name: String, _ bytes: [UInt8]) throws -> any StorageFile {
    let file = try open(name, .createNew)
    try file.write(bytes, at: 0)
    return file
  }

  /// The bytes of the file that has the name now.
  func contents(_ name: String) throws -> [UInt8] {
    let file = try open(name, .readOnly)
    defer { file.close() }
    return try file.contents()
  }
}

/// Bytes that differ from their neighbours and from zero.
func pattern(_ count: Int, from first: UInt8 = 1) -> [UInt8] {
  (0..<count).map { UInt8((Int(first) + $0 * 7) % 255) + 1 }
}

func zeros(_ count: Int) -> [UInt8] {
  [UInt8](repeating: 0, count: count)
}
