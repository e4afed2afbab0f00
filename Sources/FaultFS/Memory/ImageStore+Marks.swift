/// Marks on what a window has left unsettled: sectors, sizes and entries that show one of several contents.
///
/// A mark is one bit for each depth of nesting. It counts only while the window of its depth resolves a disk, so a
/// window can leave its marks in place from one body to the next.
extension ImageStore {
  /// How deep windows that resolve can be nested.
  static let depthMax = 8

  /// Whether a read or a change of the file must look at its marks.
  @inline(__always)
  func isWatched(_ file: Int32) -> Bool {
    resolvingDepths != 0 && hasMarks(file)
  }

  /// The depths that have the sector unsettled.
  @inline(__always)
  func marks(_ file: Int32, sector: Int32) -> UInt8 {
    sectorMarks(file, sector) & resolvingDepths
  }

  @inline(__always)
  func sizeMarks(_ file: Int32) -> UInt8 {
    allSizeMarks(file) & resolvingDepths
  }

  @inline(__always)
  func entryMarks(_ name: Int32) -> UInt8 {
    Int(name) < allEntryMarks.count ? allEntryMarks[Int(name)] & resolvingDepths : 0
  }

  /// Marks what `record` describes at `depth`, or takes the mark away.
  func setMark(_ record: CellRecord, depth: Int, _ isMarked: Bool) {
    let bit: UInt8 = 1 << UInt8(depth)
    switch record.kind {
    case .sector: setSectorMark(record.subject, record.sector, bit, isMarked)
    case .size: setSizeMark(record.subject, bit, isMarked)
    case .entry:
      let name = Int(record.subject)
      if name >= allEntryMarks.count { allEntryMarks.resize(to: name + 1, filler: 0) }
      allEntryMarks[name] = isMarked ? allEntryMarks[name] | bit : allEntryMarks[name] & ~bit
    case .attributes: fatalError("attributes of file \(record.subject) with several versions to choose from")
    }
  }

  /// The unsettled names that `isIncluded` accepts, in the order of the names, so that no order of numbers shows.
  func unsettledNames(where isIncluded: (_ name: String) -> Bool) -> [Int32] {
    if resolvingDepths == 0 { return [] }
    return (0..<Int32(allEntryMarks.count))
      .filter { entryMarks($0) != 0 && isIncluded(names[$0]) }
      .sorted { names[$0] < names[$1] }
  }
}
