/// An open transaction: declare ranges, change them, then commit or abort.
///
/// It cannot be copied, and ending it consumes it, so that use after the end does not compile. One that is dropped
/// without either aborts. Up to 32 may be open at once, over several regions; that they do not change the same
/// bytes is the application's business.
///
/// Threading: one thread at a time for one transaction; different transactions may run on different threads.
@safe public struct Transaction: ~Copyable, @unchecked Sendable {
  /// The `Vista` retains it, and where that goes first, whatever transactions are open (`Engine.outlive`): without the engine
  /// there is no memory to abort to.
  private let engine: Unmanaged<Engine>
  let slot: Int

  @inline(__always)
  init(_ slot: Int, of engine: Engine) {
    self.slot = slot
    unsafe self.engine = .passUnretained(engine)
  }

  deinit { unsafe Self.abort(engine, slot) }

  /// Declares that the transaction is going to change bytes of a region (`vista_set_range`).
  ///
  /// Their present bytes are copied to the undo area. Ranges may overlap, touch and repeat.
  /// - Parameters:
  ///   - offset: from the start of the region, in bytes.
  ///   - length: in bytes; nothing is declared where it is 0.
  /// - Throws: `.rangeOutsideRegion`, `.regionNotMapped`, `.logFull`, `.poisoned`.
  @inline(__always)
  public borrowing func setRange(_ region: Region, offset: Int, length: Int) throws(VistaError) {
    try withEngine { (engine, slot) throws(VistaError) in try engine.setRange(slot, region, offset, length) }
  }

  /// Declares a range and writes `bytes` to it.
  ///
  /// - Parameter offset: from the start of the region, in bytes.
  /// - Throws: as `setRange`; nothing is written then.
  public borrowing func modify(_ region: Region, at offset: Int, with bytes: RawSpan) throws(VistaError) {
    try setRange(region, offset: offset, length: bytes.byteCount)
    region.file.memory.copy(bytes, to: region.offset + offset)
  }

  /// Declares a range and writes `value` to it, in the machine's byte order.
  ///
  /// - Parameter offset: from the start of the region, in bytes.
  /// - Throws: as `setRange`; nothing is written then.
  public borrowing func store<Value: BitwiseCopyable>(
    _ value: Value, in region: Region, at offset: Int
  ) throws(VistaError) {
    try setRange(region, offset: offset, length: MemoryLayout<Value>.size)
    region.file.memory.storeValue(value, at: region.offset + offset)
  }

  /// Ends the transaction; it is durable when the call returns (`vista_end_transaction`).
  ///
  /// - Throws: `.undeclaredStore`: the transaction was aborted. `.storage` and `.poisoned`: what became of it is known
  ///   only once the log is opened again.
  public consuming func commit() throws(VistaError) {
    let (engine, slot) = unsafe (engine, slot)
    discard self
    defer { unsafe Self.end(engine, slot) }
    try unsafe Self.with(engine) { (engine) throws(VistaError) in try engine.commit(slot) }
  }

  /// Ends the transaction; memory is exactly as before (`vista_abort_transaction`).
  public consuming func abort() {
    let (engine, slot) = unsafe (engine, slot)
    discard self
    unsafe Self.abort(engine, slot)
  }

  @unsafe
  private static func abort(_ engine: Unmanaged<Engine>, _ slot: Int) {
    unsafe engine._withUnsafeGuaranteedRef { $0.abort(slot) }
    unsafe end(engine, slot)
  }

  @inline(__always) @unsafe
  private static func end(_ engine: Unmanaged<Engine>, _ slot: Int) {
    if unsafe engine._withUnsafeGuaranteedRef({ $0.end(slot) }) { unsafe engine.release() }
  }

  @inline(__always)
  borrowing func withEngine<Value>(
    _ body: (Engine, Int) throws(VistaError) -> Value
  ) throws(VistaError) -> Value {
    try unsafe Self.with(engine) { (engine) throws(VistaError) in try body(engine, slot) }
  }

  /// As `withEngine`, for what throws nothing.
  borrowing func withEngineAlways<Value>(_ body: (Engine, Int) -> Value) -> Value {
    unsafe engine._withUnsafeGuaranteedRef { body($0, slot) }
  }

  @inline(__always) @unsafe
  private static func with<Value>(
    _ engine: Unmanaged<Engine>, _ body: (Engine) throws(VistaError) -> Value
  ) throws(VistaError) -> Value {
    // The standard library's own call passes on no error of a certain type.
    let outcome = unsafe engine._withUnsafeGuaranteedRef { engine in
      do throws(VistaError) { return Result<Value, VistaError>.success(try body(engine)) } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }
}
