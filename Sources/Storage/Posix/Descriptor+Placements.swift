internal import SystemPackage

/// Many small parts in few system calls.
///
/// A call costs more than copying the few bytes that it moves. So where parts lie close together, the bytes from the first
/// to the last of them are read, the parts are put in, and all of it is written back.
///
/// **The disk sees the same.** The system keeps and writes whole blocks: a write of some bytes of a block makes all of it
/// be written. Parts count as close together only where no whole block lies between them, so that no block is written that
/// would not have been. What is written back between them is what was read: that is why nobody else may write meanwhile.
extension Descriptor {
  /// The most that is read and written back at once, in bytes.
  private static let runBytesMax = 1 << 18
  /// A page of memory: a longer block is not kept whole.
  private static let blockLengthMax = 4096

  /// The unit in which the system keeps and writes the file, in bytes.
  func keptBlockLength() throws(Errno) -> Int {
    max(1, min(try call { $0.blockLength($1) }, Self.blockLengthMax))
  }

  /// The end of the placements that lie close together, from the one at `start` on, and how many stretches these are.
  static func runEnd(
    from start: Int, in placements: Span<Placement>, _ blockLength: Int
  ) -> (end: Int, stretches: Int) {
    var end = placements.stretchEnd(from: start)
    var stretches = 1
    while end < placements.count {
      let next = placements.stretchEnd(from: end)
      let lastBlock = (placements[end - 1].end - 1) / blockLength
      if placements[end].offset / blockLength > lastBlock + 1
        || placements[next - 1].end - placements[start].offset > runBytesMax
      {
        break
      }
      (end, stretches) = (next, stretches + 1)
    }
    return (end, stretches)
  }

  /// Reads what lies between the placements, and writes all of it with them, by way of `run`.
  func write(
    _ placements: Span<Placement>, of bytes: RawSpan, through run: inout [UInt8]
  ) throws(Errno) {
    let start = placements[0].offset
    let length = placements[placements.count - 1].end - start
    if run.count < length {
      run = [UInt8](repeating: 0, count: max(length, min(2 * run.count, Self.runBytesMax)))
    }
    var elements = run.mutableSpan
    var all = unsafe elements.mutableBytes
    var target = all._mutatingExtracting(0..<length)
    let present = try read(into: &target, at: start)
    unsafe target.withUnsafeMutableBytes { target in
      // What the file does not have yet reads as zeros.
      if present < length {
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[present...]).initializeMemory(
          as: UInt8.self, repeating: 0)
      }
      for index in placements.indices {
        let part = placements[index]
        let place = part.offset - start
        unsafe bytes.extracting(part.source).withUnsafeBytes { part in
          unsafe UnsafeMutableRawBufferPointer(rebasing: target[place..<place + part.count]).copyMemory(
            from: part)
        }
      }
    }
    try unsafe write(run.span.bytes.extracting(0..<length), at: start)
  }
}
