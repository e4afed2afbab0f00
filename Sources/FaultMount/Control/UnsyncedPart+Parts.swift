package import FaultFS

extension UnsyncedPart {
  /// What is not durable on `disk` now.
  static func parts(of disk: FaultDisk) -> [UnsyncedPart] {
    parts(of: disk.unsynced, in: disk.timeline, sectorLength: disk.profile.sectorLength)
  }

  /// The parts that cells are of: neighbouring sectors whose bytes the same calls wrote are one.
  ///
  /// - Parameters:
  ///   - cells: in the order of the timeline.
  ///   - sectorLength: in bytes.
  package static func parts(
    of cells: [FaultDisk.Unsynced], in timeline: Timeline, sectorLength: Int
  ) -> [UnsyncedPart] {
    var parts: [UnsyncedPart] = []
    for unsynced in cells {
      let calls = unsynced.operations.map { RecordedCall(timeline.operation($0)) }
      let path = unsynced.cell.name
      switch unsynced.cell.kind {
      case .size: parts.append(UnsyncedPart(kind: .size, path: path, bytes: nil, calls: calls))
      case .entry: parts.append(UnsyncedPart(kind: .entry, path: path, bytes: nil, calls: calls))
      case .attributes: break
      case .sector:
        let start = (unsynced.cell.sector ?? 0) * sectorLength
        if let last = parts.last, last.kind == .bytes, last.path == path, last.calls == calls,
          let bytes = last.bytes, bytes.upperBound == start
        {
          parts[parts.count - 1].bytes = bytes.lowerBound..<start + sectorLength
        } else {
          parts.append(
            UnsyncedPart(kind: .bytes, path: path, bytes: start..<start + sectorLength, calls: calls))
        }
      }
    }
    return parts
  }
}
