internal import PersistentMemory
internal import Storage
internal import Synchronization

/// The state behind a `Vista`.
///
/// A transaction, in the order of its stores, and what a crash between them leaves:
///
/// - *begin*: one store opens the slot, with a generation of its own. A slot that is open without records is nothing.
/// - *set range*: the old bytes are copied into the undo area, the record before them is filled in, and one store makes the
///   slot's head lead to it. Until then it does not exist, and the application has not changed the range yet.
/// - *commit*: where the transaction freed nothing, one store frees the slot: that is the commit point, and drops the list.
///   Where it did, one store says that it is committed, the frees are done, and another store frees the slot: after a crash
///   between the two, recovery does them again.
/// - *abort*, and recovery of an open slot: the ranges are put back, newest first, so that one declared twice has its
///   oldest bytes in the end; bits of allocations are cleared; then one store frees the slot. Restoring changes no
///   record, so it can be cut off and repeated.
///
/// Where memory needs flushes, each step is made permanent before the next one begins; a slot's two words lie in one cache
/// line, whose stores survive in order. Where it does not, that costs nothing.
///
/// Threading: a slot belongs to the thread whose transaction is open there. Slots are taken and given back by one atomic
/// word; `state` guards the rest.
final class Engine: Sendable {
  let logName: String
  let log: AddressedMemory
  let options: Options
  let storage: any PersistentStorage
  let slots = SlotTable()
  let chunks: ChunkPool
  let slotBits = SlotBits()
  /// Whether log or segments need flushes.
  let mustFlush: SharedFlag
  /// Whether transactions can begin.
  let isRunning = SharedFlag(true)
  let state = Mutex(State())
  /// Held by whoever declares a range or commits, in checked mode.
  let checking = Mutex(())

  struct State {
    var segments = [MappedSegment?](repeating: nil, count: LogLayout.segmentCount)
    var regions: [Region] = []
    /// Why no transaction can end any more.
    var poison: VistaError?
    var isTerminated = false
  }

  static func open(
    _ logName: String, on storage: any PersistentStorage, _ options: Options
  ) throws(VistaError) -> (Engine, RecoverySummary) {
    let log = try LogFile.open(logName, on: storage)
    do {
      let (summary, generations) = try Recovery.run(log, logName, on: storage)
      return (Engine(log, logName, on: storage, options, generations), summary)
    } catch {
      log.memory.close()
      throw error
    }
  }

  /// Recovers, and lets the log go again.
  static func recover(
    _ logName: String, on storage: any PersistentStorage
  ) throws(VistaError) -> RecoverySummary {
    let log = try LogFile.open(logName, on: storage)
    defer { log.memory.close() }
    return try Recovery.run(log, logName, on: storage).0
  }

  private init(
    _ log: AddressedMemory, _ logName: String, on storage: any PersistentStorage, _ options: Options,
    _ generations: [UInt64]
  ) {
    self.log = log
    self.logName = logName
    self.storage = storage
    self.options = options
    chunks = ChunkPool(count: (log.length - LogLayout.undoOffset) / LogLayout.chunkLength)
    mustFlush = SharedFlag(log.needsFlush)
    for slot in 0..<LogLayout.slotCount { slots[slot].generation = generations[slot] }
  }

  var openCount: Int { slotBits.openCount }

  /// The `Vista` has gone: the engine stays as long as transactions are open.
  func outlive() {
    let own = unsafe Unmanaged.passRetained(self)
    if slotBits.orphan() { unsafe own.release() }
  }

  // MARK: Stopping

  /// Why no transaction can begin.
  var stopped: VistaError {
    state.withLock { $0.poison ?? .terminated }
  }

  /// Memory could not be made permanent, or the log was written over: no transaction can begin or commit any more.
  func poison(_ cause: VistaError) {
    state.withLock { state in
      if state.poison == nil { state.poison = cause }
    }
    isRunning.value = false
  }

  func terminate() throws(VistaError) {
    if openCount > 0 { throw .transactionsOpen(openCount) }
    let (segments, isPoisoned) = try state.withLock { (state) throws(VistaError) in
      if state.isTerminated { throw .terminated }
      state.isTerminated = true
      for region in state.regions { region.isMapped = false }
      state.regions = []
      let segments = state.segments.compactMap { $0 }
      state.segments = [MappedSegment?](repeating: nil, count: LogLayout.segmentCount)
      return (segments, state.poison != nil)
    }
    isRunning.value = false
    defer { log.memory.close() }
    defer { for segment in segments { segment.memory.memory.close() } }
    // Recovery needs the table for the slots that are still open in the log.
    if isPoisoned { return }
    for segment in segments {
      log.store(0, at: SegmentEntry.offset(segment.number) + SegmentEntry.lengthOffset)
      log.flush(SegmentEntry.offset(segment.number), 8)
    }
    do { try log.fence() } catch { throw .storage(during: "terminating", error) }
  }

  /// A mapped segment, by the number that records have; nil where none has it.
  func segment(_ number: Int) -> MappedSegment? {
    if number >= LogLayout.segmentCount { return nil }
    return state.withLock { $0.segments[number] }
  }
}
