import LRVM

/// What an inspection found, in lines.
enum InspectionText {
  static func lines(_ log: LogInspection) -> [String] {
    var lines = ["log \(log.name), \(bytes(log.length))"]
    if let header = log.header {
      lines.append(
        "header: \(header.recordSectors) record sectors of \(header.sectorLength) bytes, status blocks of "
          + "\(header.statusLength) bytes" + damagedCopy(log)
      )
      if log.length < header.fileLength {
        lines.append("the file is cut: \(bytes(header.fileLength - log.length)) missing at its end")
      }
    } else if log.headerCopiesDamaged.count == 2 {
      lines.append("header: both copies are damaged")
    }
    for slot in log.slots { lines += self.lines(slot) }
    for record in log.records { lines += self.lines(record, indent: "") }
    if let head = log.headPosition, let end = log.endPosition {
      lines.append("live records: \(log.records.count), positions \(head)..<\(end)")
    }
    if let end = log.endPosition, let place = log.endFileOffset {
      lines.append("the log ends at position \(end), byte \(place) of the file: \(log.ending)")
    } else {
      lines.append("no record is reached: \(log.ending)")
    }
    for batch in log.unreached {
      lines.append(
        "not reached by recovery: the batch at position \(batch.position), generation \(batch.generation), "
          + "\(batch.sectorsReadable) of \(batch.sectors) sectors readable")
      for record in batch.records { lines += self.lines(record, indent: "  ") }
    }
    lines.append(log.damage.map { "recovery refuses it: \($0)" } ?? "recovery accepts it")
    return lines
  }

  private static func damagedCopy(_ log: LogInspection) -> String {
    switch log.headerCopiesDamaged {
    case [1]: "; the first copy is damaged, the second is in use"
    case [2]: "; the second copy is damaged, the first is in use"
    default: ""
    }
  }

  private static func lines(_ slot: LogInspection.Slot) -> [String] {
    var line = "status block \(slot.slot) at byte \(slot.fileOffset): \(slot.state)"
    if let counter = slot.counter { line += ", counter \(counter)" }
    if let generation = slot.generation, let most = slot.generationMax {
      line += ", generation \(generation) of \(most)"
    }
    if let position = slot.headPosition, let sequence = slot.headSequence, let end = slot.durableEnd {
      line += ", head at position \(position) with record \(sequence), durable up to \(end)"
    }
    guard slot.holds else { return [line] }
    return [line + "; recovery goes by this one"]
      + slot.segments.filter { !$0.name.isEmpty }.map { "  segment \($0.name), \(bytes($0.length))" }
  }

  private static func lines(_ record: LogInspection.Entry, indent: String) -> [String] {
    let batch = record.followers > 0 ? ", \(record.followers) more in its batch" : ""
    var lines = [
      "\(indent)record \(record.sequence) at byte \(record.fileOffset): \(bytes(record.length))\(batch)"
    ]
    for range in record.ranges {
      let dots = range.values.utf8.count / 2 < range.length ? "…" : ""
      lines.append(
        "\(indent)  \(range.offset)..<\(range.offset + range.length) of "
          + "\(range.name ?? "segment \(range.segment)"): \(range.values)\(dots), at byte \(range.fileOffset)"
      )
    }
    return lines
  }

  static func lines(_ segment: SegmentInspection, _ other: ForeignFile?) -> [String] {
    if let other {
      return ["\(segment.name), \(bytes(segment.length)): \(other.description), not a log or segment of LRVM"]
    }
    if segment.length == 0 {
      return ["\(segment.name) is empty, which no log or segment of LRVM is: restore it from a backup"]
    }
    guard segment.isWholePages else {
      return [
        "\(segment.name), \(bytes(segment.length)): neither a log (no header, status block or record of one is "
          + "left in it) nor a segment (it is not whole pages of \(RVM.pageLength) bytes)"
      ]
    }
    var lines = ["segment \(segment.name), \(bytes(segment.length)) (any file of whole pages may be one)"]
    let pages = segment.pagesInUse == 1 ? "1 page is" : "\(segment.pagesInUse) pages are"
    lines.append("\(pages) not all zero")
    lines += segment.runs.map { "  \($0.start)..<\($0.end)" }
    if segment.runs.count == SegmentInspection.runsMax { lines.append("  and perhaps more") }
    return lines
  }

  private static func bytes(_ count: Int) -> String { count == 1 ? "1 byte" : "\(count) bytes" }
}
