internal import PersistentMemory
internal import Storage

/// Undoes what was open when the last process ended, and finishes what had committed.
///
/// All records are read and held against the log and its segments before the first byte is put back: a log that makes no
/// sense changes nothing. Putting back and freeing slots are separate passes, and each can be cut off and
/// repeated: a slot is freed only when all of its ranges are permanent.
struct Recovery {
  private let log: AddressedMemory
  private let name: String
  private let storage: any PersistentStorage
  private var segments: [AddressedMemory?]

  /// A slot whose transaction is to be undone or finished.
  private struct Unfinished {
    var slot: Int
    var generation: UInt64
    var phase: SlotLayout.Phase
    /// Newest first, each with where it is.
    var records: [(at: Int, record: UndoRecord)]
  }

  /// - Returns: what was done, and each slot's generation.
  static func run(
    _ log: AddressedMemory, _ name: String, on storage: any PersistentStorage
  ) throws(VistaError) -> (RecoverySummary, [UInt64]) {
    var recovery = Recovery(
      log: log, name: name, storage: storage, segments: Array(repeating: nil, count: LogLayout.segmentCount))
    defer { for segment in recovery.segments { segment?.memory.close() } }
    return try recovery.run()
  }

  private mutating func run() throws(VistaError) -> (RecoverySummary, [UInt64]) {
    var generations: [UInt64] = []
    var unfinished: [Unfinished] = []
    let slots = log.words(LogLayout.slotCount * LogLayout.slotLength / 8, at: LogLayout.slotsOffset)
    for slot in 0..<LogLayout.slotCount {
      let state = slots[(SlotLayout.offset(slot) - LogLayout.slotsOffset + SlotLayout.stateOffset) / 8]
      guard let phase = SlotLayout.phase(state) else {
        throw damaged("the state of slot \(slot) is \(state)")
      }
      let generation = SlotLayout.generation(state)
      generations.append(generation)
      if phase == .free { continue }
      unfinished.append(
        Unfinished(
          slot: slot, generation: generation, phase: phase, records: try records(of: slot, generation)))
    }
    for transaction in unfinished {
      for (_, record) in transaction.records { try check(record) }
    }
    var summary = RecoverySummary()
    do throws(StorageError) {
      for transaction in unfinished { try settle(transaction, &summary) }
    } catch {
      throw .storage(during: "recovering", error)
    }
    return (summary, generations)
  }

  // MARK: Reading

  private func records(
    of slot: Int, _ generation: UInt64
  ) throws(VistaError) -> [(at: Int, record: UndoRecord)] {
    var records: [(at: Int, record: UndoRecord)] = []
    var at = SlotLayout.record(log.load(SlotLayout.offset(slot) + SlotLayout.headOffset), generation)
    while at != 0 {
      guard records.count <= log.length / UndoRecord.headerLength, let record = UndoRecord(at, in: log),
        record.generation == UInt32(truncatingIfNeeded: generation)
      else { throw damaged("the list of slot \(slot) leads to \(at), where no record of it is") }
      records.append((at, record))
      at = record.previous
    }
    return records
  }

  /// Holds a record against its segment, which is mapped for it.
  private mutating func check(_ record: UndoRecord) throws(VistaError) {
    guard record.segment < LogLayout.segmentCount else {
      throw damaged("a record names segment \(record.segment)")
    }
    let segment = try mapped(record.segment)
    if record.fits(segment.length) { return }
    throw damaged(
      "a record is about \(record.length) bytes at \(record.place) of segment '\(segment.memory.name)', which has "
        + "\(segment.length)")
  }

  private mutating func mapped(_ number: Int) throws(VistaError) -> AddressedMemory {
    if let known = segments[number] { return known }
    let entry = SegmentEntry.offset(number)
    let length = Int(truncatingIfNeeded: log.load(entry + SegmentEntry.lengthOffset))
    let count = log.load(entry + SegmentEntry.countOffset)
    guard length > 0, count <= SegmentEntry.nameLengthMax else {
      throw damaged("a record is about segment \(number), which its table does not name")
    }
    var bytes = [UInt8](repeating: 0, count: Int(count))
    var names = bytes.mutableSpan
    var span = unsafe names.mutableBytes
    log.load(into: &span, at: entry + SegmentEntry.nameOffset)
    guard let name = String(validating: bytes, as: UTF8.self) else {
      throw damaged("the name of segment \(number) is not text")
    }
    let memory = try Engine.mapSegment(name, on: storage)
    segments[number] = AddressedMemory(memory)
    guard memory.length == length else {
      throw .segmentUnusable(
        segment: name,
        reason: "it has \(memory.length) bytes, but had \(length) when log '\(self.name)' was in use")
    }
    return AddressedMemory(memory)
  }

  private func damaged(_ reason: String) -> VistaError { .logDamaged(log: name, reason: reason) }

  // MARK: Settling

  /// Undoes a transaction, or finishes it, and frees its slot.
  private func settle(_ transaction: Unfinished, _ summary: inout RecoverySummary) throws(StorageError) {
    let isCommitted = transaction.phase == .committed
    for (at, record) in transaction.records {
      guard let segment = segments[record.segment] else { continue }
      switch record.kind {
      case .bytes where !isCommitted:
        segment.copy(record.length, from: log, at: at + UndoRecord.headerLength, to: record.place)
        segment.flush(record.place, record.length)
        summary.rangesRestored += 1
      case .allocation where !isCommitted, .release where isCommitted:
        segment.store(segment.load(record.place) & ~(1 << UInt64(record.length)), at: record.place)
        segment.flush(record.place, 8)
      case .bytes, .allocation, .release: break
      }
    }
    for number in Set(transaction.records.map(\.record.segment)).sorted() { try segments[number]?.fence() }
    let place = SlotLayout.offset(transaction.slot)
    log.store(SlotLayout.state(transaction.generation, .free), at: place + SlotLayout.stateOffset)
    try log.persist(place, LogLayout.slotLength)
    if isCommitted { summary.transactionsFinished += 1 } else { summary.transactionsUndone += 1 }
  }
}
