internal import CMemory
internal import PersistentMemory
internal import Storage

/// A memory that survives, loaded from and stored to at its address where it has one, and by calls where it has not.
///
/// Places are the engine's own, checked where they came in: in the log's undo area by its layout, in a segment by its
/// regions. The stores of this type are the only ones of the engine, and stay in the order in which they are made.
@safe final class AddressedMemory: @unchecked Sendable {
  let memory: any PersistentMemory
  let length: Int
  let needsFlush: Bool
  private let loads: UnsafeRawPointer?
  private let stores: UnsafeMutableRawPointer?

  init(_ memory: any PersistentMemory) {
    self.memory = memory
    length = memory.length
    needsFlush = memory.needsFlush
    unsafe loads = memory.loadableBytes
    unsafe stores = memory.storableBytes
  }

  /// Where the memory is; nil where each load has to be seen.
  var address: UnsafeRawPointer? { @unsafe get { unsafe loads } }

  // MARK: Words

  /// The word at a multiple of 8.
  @inline(__always)
  func load(_ offset: Int) -> UInt64 {
    guard let loads = unsafe loads else { return memory.load(byteCount: 8, at: offset) }
    return unsafe loads.load(fromByteOffset: offset, as: UInt64.self)
  }

  /// The words from a multiple of 8 on, loaded at once: for a memory whose loads are seen that is one load.
  func words(_ count: Int, at offset: Int) -> [UInt64] {
    unsafe [UInt64](unsafeUninitializedCapacity: count) { buffer, initialized in
      let bytes = unsafe UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: 8 * count)
      unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
      var span = unsafe MutableRawSpan(_unsafeBytes: bytes)
      memory.load(into: &span, at: offset)
      initialized = count
    }
  }

  /// Stores a word at a multiple of 8: it survives wholly or not at all.
  @inline(__always)
  func store(_ word: UInt64, at offset: Int) {
    guard let stores = unsafe stores else { return memory.store(word, byteCount: 8, at: offset) }
    unsafe cmemory_store64(stores + offset, word)
  }

  // MARK: Bytes

  /// Copies bytes of another memory, or of another place in this one.
  @inline(__always)
  func copy(_ length: Int, from source: AddressedMemory, at sourceOffset: Int, to offset: Int) {
    guard let from = unsafe source.loads, let to = unsafe stores else {
      return copySlowly(length, from: source, at: sourceOffset, to: offset)
    }
    unsafe cmemory_copy(to + offset, from + sourceOffset, length)
  }

  @inline(never)
  private func copySlowly(_ length: Int, from source: AddressedMemory, at sourceOffset: Int, to offset: Int) {
    unsafe withUnsafeTemporaryAllocation(byteCount: length, alignment: 8) { buffer in
      unsafe buffer.initializeMemory(as: UInt8.self, repeating: 0)
      var span = unsafe MutableRawSpan(_unsafeBytes: buffer)
      source.memory.load(into: &span, at: sourceOffset)
      memory.copy(span.bytes, to: offset)
    }
  }

  func copy(_ bytes: RawSpan, to offset: Int) {
    if bytes.byteCount == 0 { return }
    guard let stores = unsafe stores else { return memory.copy(bytes, to: offset) }
    unsafe bytes.withUnsafeBytes { source in
      unsafe cmemory_copy(stores + offset, source.baseAddress.unsafelyUnwrapped, source.count)
    }
  }

  @inline(__always)
  func loadValue<Value: BitwiseCopyable>(_ type: Value.Type, at offset: Int) -> Value {
    guard let loads = unsafe loads else { return loadSlowly(type, at: offset) }
    return unsafe loads.loadUnaligned(fromByteOffset: offset, as: type)
  }

  @inline(never)
  private func loadSlowly<Value: BitwiseCopyable>(_ type: Value.Type, at offset: Int) -> Value {
    let length = MemoryLayout<Value>.size
    return unsafe withUnsafeTemporaryAllocation(byteCount: length, alignment: 16) { buffer in
      unsafe buffer.initializeMemory(as: UInt8.self, repeating: 0)
      var span = unsafe MutableRawSpan(_unsafeBytes: buffer)
      memory.load(into: &span, at: offset)
      return unsafe buffer.loadUnaligned(as: type)
    }
  }

  @inline(__always)
  func storeValue<Value: BitwiseCopyable>(_ value: Value, at offset: Int) {
    if let stores = unsafe stores {
      return unsafe stores.storeBytes(of: value, toByteOffset: offset, as: Value.self)
    }
    unsafe withUnsafeBytes(of: value) { bytes in unsafe memory.copy(RawSpan(_unsafeBytes: bytes), to: offset)
    }
  }

  func load(into buffer: inout MutableRawSpan, at offset: Int) { memory.load(into: &buffer, at: offset) }

  // MARK: Permanence

  @inline(__always)
  func flush(_ offset: Int, _ length: Int) {
    if needsFlush { memory.flush(offset, length: length) }
  }

  @inline(__always)
  func fence() throws(StorageError) {
    if needsFlush { try memory.fence() }
  }

  /// Flushes a range, and returns once it is permanent.
  @inline(__always)
  func persist(_ offset: Int, _ length: Int) throws(StorageError) {
    if !needsFlush { return }
    memory.flush(offset, length: length)
    try memory.fence()
  }

  /// Keeps the application's own stores before it from changing places with the engine's after it.
  @inline(__always)
  func order() { cmemory_order() }
}
