/// Whether a transaction can bring memory back when it aborts (SOSP '93, section 4.2).
public enum BeginMode: Hashable, Sendable {
  /// Old values are kept in memory; an abort restores them exactly.
  case restore
  /// No old values are kept. An abort leaves memory as it was written, and nothing reaches the log.
  case noRestore
}

/// When a commit returns (SOSP '93, section 4.2).
public enum CommitMode: Hashable, Sendable {
  /// When the transaction is durable, and all that were committed before it.
  case flush
  /// At once. The transaction is atomic, but durable only after the next flush.
  case noFlush
}

/// An open transaction: declare ranges, change them, then commit or abort.
///
/// It cannot be copied, and ending it consumes it, so that use after the end does not compile. One that is dropped
/// without either aborts. Several may be open at once, over several regions; that they do not change the same
/// bytes is the application's business.
///
/// Threading: one thread at a time for one transaction; different transactions may run on different threads.
public struct Transaction: ~Copyable, @unchecked Sendable {
  /// The engine's own, which it uses again.
  private let open: Uncounted<OpenTransaction>
  /// Retained until the transaction ends. It keeps the engine meanwhile: without that there is no memory to abort to.
  private let lane: Uncounted<Lane>

  /// - Safety: `open` is a transaction of the lane, and open.
  @unsafe init(_ open: Uncounted<OpenTransaction>, in lane: Uncounted<Lane>) {
    self.open = open
    self.lane = unsafe Uncounted(retaining: lane.object)
  }

  deinit { unsafe Self.abort(open, lane) }

  @unsafe private static func abort(_ open: Uncounted<OpenTransaction>, _ lane: Uncounted<Lane>) {
    defer { unsafe lane.release() }
    unsafe lane.with { lane in
      unsafe open.with { open in
        if lane.abort(open) { return }
        let engine = unsafe lane.engine.object
        withExtendedLifetime(engine) { engine.abort(open, in: lane) }
      }
    }
  }

  /// Declares that the transaction is going to change bytes of a region (`set_range`).
  ///
  /// Ranges may overlap, touch and repeat. In restore mode their present bytes are kept.
  /// - Parameters:
  ///   - offset: from the start of the region, in bytes.
  ///   - length: in bytes; nothing is declared where it is 0.
  /// - Throws: `.rangeOutsideRegion`, `.regionNotMapped`.
  public borrowing func setRange(_ region: Region, offset: Int, length: Int) throws(RVMError) {
    try unsafe lane.with { (lane) throws(RVMError) in
      try unsafe open.with { (open) throws(RVMError) in
        try unsafe lane.engine.with { (engine) throws(RVMError) in
          try engine.setRange(open, in: lane, region, offset, length)
        }
      }
    }
  }

  /// Declares a range and writes `bytes` to it.
  ///
  /// - Parameter offset: from the start of the region, in bytes.
  /// - Throws: as `setRange`; nothing is written then.
  public borrowing func modify(_ region: Region, at offset: Int, with bytes: RawSpan) throws(RVMError) {
    try setRange(region, offset: offset, length: bytes.byteCount)
    region.replace(at: offset, with: bytes)
  }

  /// Declares a range and writes the elements of `bytes` to it.
  ///
  /// - Parameter offset: from the start of the region, in bytes.
  /// - Throws: as `setRange`; nothing is written then.
  public borrowing func modify(_ region: Region, at offset: Int, with bytes: [UInt8]) throws(RVMError) {
    try unsafe modify(region, at: offset, with: bytes.span.bytes)
  }

  /// Declares a range and writes the UTF-8 of `text` to it, without its length.
  ///
  /// - Parameter offset: from the start of the region, in bytes.
  /// - Throws: as `setRange`; nothing is written then.
  public borrowing func modify(_ region: Region, at offset: Int, with text: String) throws(RVMError) {
    try modify(region, at: offset, with: Array(text.utf8))
  }

  /// Declares a range and writes `value` to it, in the machine's byte order.
  ///
  /// - Parameter offset: from the start of the region, in bytes.
  /// - Throws: as `setRange`; nothing is written then.
  public borrowing func store<Value: BitwiseCopyable>(
    _ value: Value, in region: Region, at offset: Int
  ) throws(RVMError) {
    try setRange(region, offset: offset, length: MemoryLayout<Value>.size)
    region.store(value, at: offset)
  }

  /// Ends the transaction; its changes become one record of the log (`end_transaction`).
  ///
  /// - Throws: `.transactionTooLarge` and `.undeclaredStore`: the transaction was aborted, memory is restored where
  ///   the mode allows it. `.storage` and `.poisoned`: what became of it is known only once the log is opened again.
  public consuming func commit(_ mode: CommitMode = .flush) throws(RVMError) {
    var number: UInt64 = 0
    try commit(mode, number: &number)
  }

  /// Ends the transaction as `commit` does.
  ///
  /// - Parameter number: is set to its place in the order of the log's records, a number that rises, or to that of the newest one, where it
  ///   changed nothing; as soon as it has one, so also where the commit then fails.
  package consuming func commit(_ mode: CommitMode, number: inout UInt64) throws(RVMError) {
    let (open, lane) = (open, lane)
    discard self
    defer { unsafe lane.release() }
    try unsafe lane.with { (lane) throws(RVMError) in
      try unsafe open.with { (open) throws(RVMError) in
        if mode == .noFlush, try lane.commit(open, number: &number) { return }
        // Kept to the end: once the transaction has ended, nobody else may.
        let engine = unsafe lane.engine.object
        try withExtendedLifetime(engine) { () throws(RVMError) in
          try engine.commit(open, in: lane, mode, number: &number)
        }
      }
    }
  }

  /// Ends the transaction without effect on segments or log (`abort_transaction`).
  ///
  /// In restore mode memory is exactly as before; in noRestore mode it stays as it was written.
  public consuming func abort() {
    let (open, lane) = (open, lane)
    discard self
    unsafe Self.abort(open, lane)
  }
}
