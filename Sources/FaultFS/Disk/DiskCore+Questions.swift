/// Settling what is asked about bytes, and no more.
///
/// A question about bytes of a sector is answered from the inside out, as bytes are observed. At each window that
/// resolves, the choices left of the sector's cell are sorted by the answer that follows from them, where they hold every
/// byte that is asked about; such a kind settles the answer, and none of the bytes. The others let bytes of windows
/// further out show through: they are told apart as an observation of the bytes would tell them apart, and where one of those kinds is
/// chosen the question goes on to the windows further out.
///
/// The function is asked only about bytes that belong together in some legal state, and are settled but for the choices
/// that are being sorted: so the answers are the same whenever an execution is repeated.
extension DiskCore {
  /// The answer to a question about bytes of a file that lie in one sector, within the file's memory.
  @unsafe
  func answer<Answer: Hashable>(
    _ file: Int32, _ range: Range<Int>, _ question: (UnsafeRawBufferPointer) -> Answer
  ) -> Answer {
    var answer: Answer?
    let sector = range.lowerBound / sectorLength
    if images.isWatched(file), images.marks(file, sector: Int32(sector)) != 0 {
      let start = sector * sectorLength
      let part = range.lowerBound - start..<range.upperBound - start
      var answers: [Answer] = []
      let number = unsafe settleAnswer(file, Int32(sector), part) { bytes in
        let answer = unsafe question(UnsafeRawBufferPointer(rebasing: bytes[part]))
        if let known = answers.firstIndex(of: answer) { return Int32(known) }
        answers.append(answer)
        return Int32(answers.count - 1)
      }
      if number >= 0 { answer = answers[Int(number)] }
    }
    let found: Answer
    if let answer {
      found = answer
    } else {
      let bytes = unsafe images.bytes(file, at: range.lowerBound, count: range.count)
      found = unsafe question(UnsafeRawBufferPointer(bytes))
    }
    images.courseTrace?.observeAnswer(file, range, found)
    return found
  }

  /// Settles the answer to a question about bytes `part` of a sector.
  ///
  /// - Parameter number: the number of the answer that follows from a sector's bytes.
  /// - Returns: the number of the answer; -1 where all the bytes are settled, as the image shows them.
  @unsafe
  private func settleAnswer(
    _ file: Int32, _ sector: Int32, _ part: Range<Int>, _ number: (UnsafeRawBufferPointer) -> Int32
  ) -> Int32 {
    scratch.clear(Scratch.wanted)
    scratch.insert(Scratch.wanted, part)
    let own = index.cell(file: file, sector: sector)
    if own >= 0 {
      if !unsettled.holds(own) { return -1 }
      scratch.subtract(Scratch.wanted, unsettled.written, unsettled.newestNode(own))
    }
    var outer = parent
    while let core = outer, !scratch.isEmpty(Scratch.wanted) {
      // Nothing is unsettled there or further out.
      if images.marks(file, sector: sector) & (UInt8.max >> UInt8(7 - core.depth)) == 0 { return -1 }
      let cell = core.index.cell(file: file, sector: sector)
      if cell >= 0 {
        if core.resolution.isActive && core.walk.isOpen(cell) {
          let answer = unsafe core.resolution.settleAnswer(cell, in: core, for: self, number)
          if answer >= 0 { return answer }
        }
        if !core.unsettled.holds(cell) { return -1 }
        core.removeWritten(cell, from: self)
      }
      outer = core.parent
    }
    return -1
  }
}
