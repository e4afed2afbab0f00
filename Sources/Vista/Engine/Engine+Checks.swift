internal import Synchronization

/// Checked mode: stores outside every declared range.
extension Engine {
  /// Takes over what a transaction that commits has declared.
  ///
  /// - Throws: `.undeclaredStore` where memory changed that no open transaction declared: it is put back, and the
  ///   transaction is aborted.
  func checkDeclared(_ number: Int) throws(VistaError) {
    let found: VistaError? = checking.withLock { _ in
      let segments = state.withLock { $0.segments.compactMap { $0 } }
      for segment in segments {
        guard let shadow = segment.shadow else { continue }
        let declared = declaredRanges(in: segment)
        let isDeclared = { (place: Int) in declared.contains { $0.contains(place) } }
        guard let range = shadow.firstDifference(from: segment.memory, isDeclared) else { continue }
        shadow.restore(range, to: segment.memory)
        return .undeclaredStore(segment: segment.name, offset: range.lowerBound, length: range.count)
      }
      forEachRecord(number) { _, record, segment in
        guard record.kind == .bytes else { return }
        segment.shadow?.update(record.place..<record.place + record.length, from: segment.memory)
      }
      return nil
    }
    guard let found else { return }
    abort(number)
    throw found
  }

  private func declaredRanges(in segment: MappedSegment) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    let open = slotBits.open
    for number in 0..<LogLayout.slotCount where open >> UInt64(number) & 1 == 1 {
      forEachRecord(number) { _, record, other in
        if record.kind == .bytes && other === segment {
          ranges.append(record.place..<record.place + record.length)
        }
      }
    }
    return ranges
  }
}
