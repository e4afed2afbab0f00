import Storage

/// Finds, for each byte of the segments, the newest value among many ranges.
///
/// A sweep over the ranges in order of place, with those that cover the present place in a heap by age;
/// n ranges take n log n steps, and each byte comes out once, in order of segment and offset. It comes out in portions,
/// so that what is found can be written before the rest is looked for.
struct NewestValues {
  /// The newer one's values lie further back in the buffer.
  private struct Candidate: BitwiseCopyable {
    var offset: Int
    var valuesStart: Int
    var length: UInt32
    var segment: UInt32

    var end: Int { offset + Int(length) }
  }

  /// A stretch of bytes of one segment and where its values lie.
  private struct Piece {
    var segment: UInt32
    var placement: Placement
  }

  /// From this many candidates on, passes over all of them are cheaper than comparisons.
  private static let radixSortMin = 32
  /// From this many on, few passes with a large digit are cheaper than more with a small one.
  private static let largeDigitMin = 2048
  /// The most that one portion has, in bytes, where it could end between two pieces that lie side by side only.
  private static let portionBytesMax = 1 << 20

  /// Those that are swept, in order of segment and offset, and of age where these are the same.
  private var swept: [Candidate] = []
  private var next = 0
  /// What covers the present place, as indices in `swept`, the newest first.
  private var heap: [Int] = []
  private var segment: UInt32 = 0
  private var place = 0
  /// Found, and not yet given out.
  private var found: Piece?

  /// How much was given out, from 0 to 1.
  var shareTaken: Double { swept.isEmpty ? 1 : Double(next) / Double(swept.count) }

  /// Adds a range; it is newer than all that were added before, and its values lie behind theirs in the buffer.
  mutating func add(_ range: Record.Range) {
    swept.append(
      Candidate(
        offset: range.offset, valuesStart: range.valuesStart, length: UInt32(range.length),
        segment: UInt32(range.segment)))
  }

  /// Forgets all ranges.
  mutating func removeAll() {
    swept.removeAll(keepingCapacity: true)
    heap.removeAll(keepingCapacity: true)
    (next, found) = (0, nil)
  }

  /// Begins to find the newest among the ranges that were added.
  mutating func begin() { sort() }

  /// Puts the next pieces of one segment into `placements`, disjoint and in order of offset: all of a stretch that lie side
  /// by side, and as many stretches that they have at least `bytesMin` bytes.
  ///
  /// - Returns: the segment; nil where nothing is left.
  mutating func nextPortion(atLeast bytesMin: Int, into placements: inout [Placement]) -> Int? {
    placements.removeAll(keepingCapacity: true)
    var bytes = 0
    var portionSegment: UInt32?
    while let piece = found ?? nextPiece() {
      found = nil
      if let portionSegment, let last = placements.last {
        let isAdjacent = piece.placement.offset == last.end
        if piece.segment != portionSegment
          || bytes >= bytesMin && (!isAdjacent || bytes >= Self.portionBytesMax)
        {
          found = piece
          break
        }
        bytes += piece.placement.length
        if isAdjacent, piece.placement.start == last.start + last.length {
          placements[placements.count - 1].length += piece.placement.length
          continue
        }
      } else {
        bytes = piece.placement.length
        portionSegment = piece.segment
      }
      placements.append(piece.placement)
    }
    return portionSegment.map { Int($0) }
  }

  /// The bytes from the present place on that have one newest range.
  private mutating func nextPiece() -> Piece? {
    while next < swept.count || !heap.isEmpty {
      if heap.isEmpty { (segment, place) = (swept[next].segment, swept[next].offset) }
      if next < swept.count, swept[next].segment == segment, swept[next].offset == place {
        if let alone = takeCandidates() { return piece(alone, upTo: swept[alone].end) }
      }
      while let top = heap.first, swept[top].end <= place { pop() }
      guard let top = heap.first else { continue }
      var end = swept[top].end
      if next < swept.count, swept[next].segment == segment { end = min(end, swept[next].offset) }
      return piece(top, upTo: end)
    }
    return nil
  }

  /// Takes those that begin at the present place. One that has nothing before, beside and in it is returned; others go to
  /// the heap, but for those that a newer one hides whole.
  private mutating func takeCandidates() -> Int? {
    let first = next
    var longest = 0
    while next < swept.count, swept[next].segment == segment, swept[next].offset == place {
      longest = max(longest, swept[next].end)
      next += 1
    }
    let newest = next - 1
    let hidesOthers = swept[newest].end == longest
    if hidesOthers, heap.isEmpty,
      next == swept.count || swept[next].segment != segment || swept[next].offset >= longest
    {
      return newest
    }
    for candidate in (hidesOthers ? newest : first)...newest { push(candidate) }
    return nil
  }

  private mutating func piece(_ candidate: Int, upTo end: Int) -> Piece {
    let start = swept[candidate].valuesStart + place - swept[candidate].offset
    defer { place = end }
    return Piece(
      segment: segment, placement: Placement(offset: place, start: start, length: end - place))
  }

  // MARK: Order

  /// Sorts by segment and offset, the older first where these are the same.
  ///
  /// Many are sorted digit by digit, from the lowest (a radix sort): a recovery of a full log spends most of its
  /// time in comparisons otherwise.
  private mutating func sort() {
    if swept.count < Self.radixSortMin {
      swept.sort { ($0.segment, $0.offset, $0.valuesStart) < ($1.segment, $1.offset, $1.valuesStart) }
      return
    }
    var spare = swept
    Self.sort(&swept, &spare, by: { $0.offset })
    Self.sort(&swept, &spare, by: { Int($0.segment) })
  }

  private static func sort(
    _ candidates: inout [Candidate], _ spare: inout [Candidate], by key: (Candidate) -> Int
  ) {
    let largest = candidates.reduce(0) { max($0, key($1)) }
    let digits = candidates.count < largeDigitMin ? 256 : 2048
    var places = Array(repeating: 0, count: digits)
    var shift = 0
    while shift < Int.bitWidth && largest >> shift > 0 {
      do {
        var target = spare.mutableSpan
        var places = places.mutableSpan
        distribute(candidates.span, to: &target, &places) { key($0) >> shift & (digits - 1) }
      }
      swap(&candidates, &spare)
      shift += digits.trailingZeroBitCount
    }
  }

  /// Puts the candidates in order of one digit; those with the same one stay in order.
  @inline(__always)
  private static func distribute(
    _ candidates: Span<Candidate>, to target: inout MutableSpan<Candidate>, _ places: inout MutableSpan<Int>,
    by digit: (Candidate) -> Int
  ) {
    for index in places.indices { places[index] = 0 }
    for index in candidates.indices { places[digit(candidates[index])] += 1 }
    var place = 0
    for index in places.indices { (places[index], place) = (place, place + places[index]) }
    for index in candidates.indices {
      let digit = digit(candidates[index])
      target[places[digit]] = candidates[index]
      places[digit] += 1
    }
  }

  // MARK: Heap

  private mutating func push(_ candidate: Int) {
    heap.append(candidate)
    var child = heap.count - 1
    while child > 0, isNewer(child, (child - 1) / 2) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func pop() {
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while true {
      var newest = parent
      let child = 2 * parent + 1
      if child < heap.count && isNewer(child, newest) { newest = child }
      if child + 1 < heap.count && isNewer(child + 1, newest) { newest = child + 1 }
      if newest == parent { return }
      heap.swapAt(parent, newest)
      parent = newest
    }
  }

  private func isNewer(_ left: Int, _ right: Int) -> Bool {
    swept[heap[left]].valuesStart > swept[heap[right]].valuesStart
  }
}
