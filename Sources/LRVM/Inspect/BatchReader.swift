import Storage

/// Reads the records of one batch out of the sectors that are left of it, and where in the file each of them lies.
struct BatchReader: ~Copyable {
  /// The payloads, one after the other, up to the first sector that is missing.
  private var stream = ByteBuffer()
  /// Where each payload begins: in `stream`, and in the file.
  private var payloads: [(start: Int, fileOffset: Int)] = []

  init(_ batch: SectorSweep.Batch, _ file: any StorageFile, sectorLength: Int) throws(RVMError) {
    var buffer = ByteBuffer()
    var position = batch.start
    for sector in batch.sectors where sector.stamp.position == position {
      do { try buffer.read(sectorLength, from: file, at: sector.fileOffset) } catch {
        throw .storage(during: "reading records", error)
      }
      guard buffer.count == sectorLength, SectorStamp.verify(buffer.bytes) == sector.stamp else { return }
      payloads.append((stream.count, sector.fileOffset + SectorStamp.length))
      stream.append(buffer, SectorStamp.length..<SectorStamp.length + sector.stamp.usedBytes)
      position += 1
    }
  }

  /// The records that are whole.
  ///
  /// - Parameter segments: the names of a status block, by index.
  func entries(_ segments: [StatusBlock.Segment]) -> [LogInspection.Entry] {
    var entries: [LogInspection.Entry] = []
    var start = 0
    while start + Record.headerLength <= stream.count {
      let header = Record.Header.load(from: stream, at: start)
      guard header.length >= Record.headerLength, header.length <= stream.count - start else { break }
      entries.append(entry(header, at: start, segments))
      start += header.length
    }
    return entries
  }

  private func entry(
    _ header: Record.Header, at start: Int, _ segments: [StatusBlock.Segment]
  ) -> LogInspection.Entry {
    let end = start + header.length
    var entry = LogInspection.Entry(
      sequence: header.sequence, fileOffset: fileOffset(of: start), length: header.length,
      followers: header.followers, ranges: [])
    var offset = start + Record.headerLength
    while offset < end, let range = Record.Range.load(from: stream, at: offset, end: end) {
      let shown = range.valuesStart..<range.valuesStart + min(range.length, LogInspection.valuesShownMax)
      entry.ranges.append(
        LogInspection.Range(
          segment: range.segment, name: range.segment < segments.count ? segments[range.segment].name : nil,
          offset: range.offset, length: range.length, fileOffset: fileOffset(of: range.valuesStart),
          values: shown.map { Self.digits(stream.load(UInt8.self, at: $0)) }.joined()))
      offset = range.valuesEnd
    }
    return entry
  }

  /// Where the byte at `offset` of the stream lies in the file.
  private func fileOffset(of offset: Int) -> Int {
    var (low, high) = (0, payloads.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if payloads[middle].start <= offset { low = middle } else { high = middle }
    }
    return payloads[low].fileOffset + offset - payloads[low].start
  }

  private static func digits(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return digits.utf8.count == 1 ? "0\(digits)" : digits
  }
}
