/// Checked mode: memory is compared with what was committed.
extension Engine {
  /// Looks for stores outside every declared range of every open transaction.
  func checkStores(_ held: borrowing Held<EngineState>) throws(RVMError) {
    for region in held.value.regions.mapped {
      var declared = CoalescedRanges()
      lanes.holdAll { _, lane in lane.addDeclared(in: region, to: &declared) }
      declared.coalesce()
      var start = 0
      for index in declared.ranges.indices {
        let range = declared.ranges[index]
        try held.value.checkUnchanged(region, start..<range.offset)
        start = range.end
      }
      try held.value.checkUnchanged(region, start..<region.length)
    }
  }
}

extension LaneState {
  fileprivate func addDeclared(in region: Region, to ranges: inout CoalescedRanges) {
    open.forEach { transaction in
      transaction.forEachDeclared { range in
        guard transaction.region(range.region) === region else { return }
        ranges.append(.init(segment: 0, offset: range.offset, length: range.length, region: 0))
      }
    }
  }
}

extension EngineState {
  fileprivate func checkUnchanged(_ region: Region, _ range: Range<Int>) throws(RVMError) {
    let memory = region.span(range.lowerBound, range.count)
    guard let difference = regions[region].shadow?.firstDifference(in: range, from: memory) ?? nil else {
      return
    }
    throw .undeclaredStore(
      segment: region.segment, offset: region.offset + difference.lowerBound, length: difference.count)
  }
}

extension ByteBuffer {
  /// The first stretch in `range` where the bytes differ from the other ones.
  fileprivate func firstDifference(in range: Range<Int>, from other: RawSpan) -> Range<Int>? {
    if isEqual(in: range, to: other) { return nil }
    func isDifferent(_ index: Int) -> Bool {
      load(UInt8.self, at: index) != other.load(UInt8.self, at: index - range.lowerBound)
    }
    var start = range.lowerBound
    while !isDifferent(start) { start += 1 }
    var end = start
    while end < range.upperBound, isDifferent(end) { end += 1 }
    return start..<end
  }
}
