/// Cache lines, of which a processor has one to itself while it changes a byte there. Where threads that have nothing to do with each other
/// change the same line, each change waits for the other processor's.
struct CacheLines {
  /// Two lines: some processors fetch the next one with each.
  private static let length = 128

  /// For a class's last property, so that no other object begins in the lines of this one's.
  private let padding = SIMD16<UInt64>.zero

  /// Memory for one value, with no other in its lines.
  @unsafe static func allocate<Value: ~Copyable>(for type: Value.Type) -> UnsafeMutablePointer<Value> {
    let lines = (MemoryLayout<Value>.size + length - 1) / length
    return unsafe UnsafeMutableRawPointer.allocate(byteCount: lines * length, alignment: length)
      .bindMemory(to: Value.self, capacity: 1)
  }
}
