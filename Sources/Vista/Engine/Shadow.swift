internal import Synchronization

/// What was committed of a segment: checked mode compares the memory with it.
@safe final class Shadow: @unchecked Sendable {
  private let bytes: UnsafeMutableRawBufferPointer
  /// Held while memory and this are compared, or changed together.
  private let together = Mutex(())

  init(of memory: AddressedMemory) {
    unsafe bytes = .allocate(byteCount: memory.length, alignment: 16)
    unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
    update(0..<memory.length, from: memory)
  }

  deinit { unsafe bytes.deallocate() }

  /// Makes a change of the memory that is no transaction's, and takes it over, so that no comparison comes in between.
  func changing(_ range: Range<Int>, of memory: AddressedMemory, _ change: () -> Void) {
    together.withLock { _ in
      change()
      update(range, from: memory)
    }
  }

  /// Takes over the present bytes of a range.
  func update(_ range: Range<Int>, from memory: AddressedMemory) {
    var span = unsafe MutableRawSpan(_unsafeBytes: UnsafeMutableRawBufferPointer(rebasing: bytes[range]))
    memory.load(into: &span, at: range.lowerBound)
  }

  /// The first stretch of bytes that differ from the memory's, outside of what `isDeclared` says.
  func firstDifference(from memory: AddressedMemory, _ isDeclared: (Int) -> Bool) -> Range<Int>? {
    together.withLock { _ in difference(from: memory, isDeclared) }
  }

  private func difference(from memory: AddressedMemory, _ isDeclared: (Int) -> Bool) -> Range<Int>? {
    var chunk = [UInt8](repeating: 0, count: 4096)
    var start: Int?
    for chunkStart in stride(from: 0, to: memory.length, by: chunk.count) {
      let count = min(chunk.count, memory.length - chunkStart)
      var chunkSpan = chunk.mutableSpan
      var span = unsafe chunkSpan.mutableBytes
      var part = span._mutatingExtracting(first: count)
      memory.load(into: &part, at: chunkStart)
      for index in 0..<count {
        let place = chunkStart + index
        let isDifferent = unsafe chunk[index] != bytes[place]
        if let start, !isDifferent || isDeclared(place) { return start..<place }
        if start == nil, isDifferent, !isDeclared(place) { start = place }
      }
    }
    return start.map { $0..<memory.length }
  }

  /// Puts the bytes of a range back into the memory.
  func restore(_ range: Range<Int>, to memory: AddressedMemory) {
    let part = unsafe UnsafeRawBufferPointer(UnsafeMutableRawBufferPointer(rebasing: bytes[range]))
    unsafe memory.copy(RawSpan(_unsafeBytes: part), to: range.lowerBound)
    memory.flush(range.lowerBound, range.count)
  }
}
