public import PersistentMemory
public import Storage
internal import SystemPackage

/// A mapped file of a hooked storage: flushes and fences are asked about. Loads and stores are passed on.
private final class HookedMemory: PersistentMemory {
  private let base: any PersistentMemory
  private let storage: HookedStorage

  init(_ base: any PersistentMemory, _ storage: HookedStorage) {
    self.base = base
    self.storage = storage
  }

  var name: String { base.name }
  var length: Int { base.length }
  var needsFlush: Bool { base.needsFlush }
  var loadableBytes: UnsafeRawPointer? { @unsafe get { unsafe base.loadableBytes } }
  var storableBytes: UnsafeMutableRawPointer? { @unsafe get { unsafe base.storableBytes } }

  func load(byteCount: Int, at offset: Int) -> UInt64 { base.load(byteCount: byteCount, at: offset) }
  func load(into buffer: inout MutableRawSpan, at offset: Int) { base.load(into: &buffer, at: offset) }

  func store(_ value: UInt64, byteCount: Int, at offset: Int) {
    base.store(value, byteCount: byteCount, at: offset)
  }

  func copy(_ bytes: RawSpan, to offset: Int) { base.copy(bytes, to: offset) }

  func flush(_ offset: Int, length: Int) {
    if !storage.hook.drops(.flush, [name], nil) { base.flush(offset, length: length) }
  }

  func fence() throws(StorageError) {
    try storage.pass(.fence, [name]) { () throws(StorageError) in try base.fence() }
  }

  func checkReadable(_ offset: Int, length: Int) throws(StorageError) {
    try base.checkReadable(offset, length: length)
  }

  func close() { base.close() }
}

extension HookedStorage: PersistentStorage {
  /// - Throws: also `.errno(.notSupported)` where the base maps no files.
  public func map(_ name: String) throws(StorageError) -> any PersistentMemory {
    guard let base = base as? any PersistentStorage else {
      throw StorageError(.map, name, .errno(.notSupported))
    }
    let memory = HookedMemory(try base.map(name), self)
    try hook.after()
    return memory
  }
}

extension SabotagedStorage: PersistentStorage {
  public func map(_ name: String) throws(StorageError) -> any PersistentMemory { try hooked.map(name) }
}
