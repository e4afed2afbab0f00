/// What a heap does in a transaction.
extension Transaction {
  /// Appends the record of an allocation or of a free.
  borrowing func appendHeapRecord(
    _ kind: UndoRecord.Kind, _ region: Region, place: Int, bit: Int
  ) throws(VistaError) {
    try withEngine { (engine, slot) throws(VistaError) in
      guard region.isMapped, region.owner == ObjectIdentifier(engine) else {
        throw .regionNotMapped(segment: region.segment, offset: region.offset)
      }
      try engine.appendHeapRecord(slot, kind, region.file, place: place, bit: bit)
      engine.slots[slot].hasHeapRecords = true
      if kind == .release { engine.slots[slot].hasReleases = true }
    }
  }

  /// Whether one of the transaction's records is as asked for.
  borrowing func hasRecord(where isWanted: (UndoRecord, MappedSegment) -> Bool) -> Bool {
    var isFound = false
    withEngineAlways { engine, slot in
      _ = engine.forEachRecord(slot) { _, record, segment in
        if isWanted(record, segment) { isFound = true }
      }
    }
    return isFound
  }

  /// Claims a heap's root until the transaction ends; false where another open one has it.
  borrowing func claimRoot(_ index: Int, of heap: HeapState) -> Bool {
    withEngineAlways { engine, slot in
      engine.slots[slot].hasRootClaims = true
      return heap.claimRoot(index, slot: slot)
    }
  }
}
