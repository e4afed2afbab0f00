package import FaultFS

extension FaultVolume {
  /// Up to `count` bytes of an open file; none where it cannot be read.
  package func bytes(of handle: Handle, at offset: Int, count: Int) -> ArraySlice<UInt8> {
    var bytes = [UInt8](repeating: 0, count: count)
    let read = unsafe bytes.withUnsafeMutableBytes { buffer in
      var span = unsafe buffer.mutableBytes
      return try? self.read(into: &span, from: handle, at: offset)
    }
    return bytes[..<(read ?? 0)]
  }
}
