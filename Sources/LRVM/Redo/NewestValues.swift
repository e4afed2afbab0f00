/// Finds, for each byte of the segments, the newest value among many ranges.
///
/// A sweep over the ranges in order of place, with those that cover the present place in a heap by age;
/// n ranges take n log n steps, and each byte comes out once, in order of segment and offset.
struct NewestValues {
  struct Candidate {
    var segment: Int
    var offset: Int
    var length: Int
    /// Where its values lie in the caller's buffer.
    var valuesStart: Int
    /// The newest has the highest.
    var age: Int
    var end: Int { offset + length }
  }

  struct Piece: Hashable {
    var segment: Int
    var offset: Int
    var length: Int
    var valuesStart: Int
  }

  /// From so many candidates on, passes over all of them are cheaper than comparisons.
  private static let radixSortMin = 32
  /// From so many on, few passes with a large digit are cheaper than more with a small one.
  private static let largeDigitMin = 2048

  private var candidates: [Candidate] = []
  private var heap: [Int] = []

  mutating func add(_ range: Record.Range, age: Int) {
    candidates.append(
      Candidate(
        segment: range.segment, offset: range.offset, length: range.length,
        valuesStart: range.valuesStart, age: age))
  }

  /// The newest pieces, disjoint, in order of segment and offset.
  mutating func pieces() -> [Piece] {
    sortCandidates()
    var pieces: [Piece] = []
    var next = 0
    var segment = 0
    var place = 0
    while next < candidates.count || !heap.isEmpty {
      if heap.isEmpty {
        (segment, place) = (candidates[next].segment, candidates[next].offset)
        if isAlone(next) {
          emit(next, segment, place, candidates[next].end, to: &pieces)
          next += 1
          continue
        }
      }
      while next < candidates.count, candidates[next].segment == segment, candidates[next].offset == place {
        push(next)
        next += 1
      }
      while let top = heap.first, candidates[top].end <= place { pop() }
      guard let top = heap.first else { continue }
      var end = candidates[top].end
      if next < candidates.count, candidates[next].segment == segment {
        end = min(end, candidates[next].offset)
      }
      emit(top, segment, place, end, to: &pieces)
      place = end
    }
    return pieces
  }

  /// Whether the candidate that comes after this one begins behind it.
  private func isAlone(_ index: Int) -> Bool {
    index + 1 == candidates.count || candidates[index + 1].segment != candidates[index].segment
      || candidates[index + 1].offset >= candidates[index].end
  }

  /// Sorts by segment and offset; of those at one place the heap finds the newest.
  ///
  /// Many are sorted digit by digit, from the lowest (a radix sort): a recovery of a full log spends most of its
  /// time in comparisons otherwise.
  private mutating func sortCandidates() {
    if candidates.count < Self.radixSortMin {
      candidates.sort { ($0.segment, $0.offset) < ($1.segment, $1.offset) }
      return
    }
    var sorted = candidates
    Self.sort(&candidates, &sorted, by: { $0.offset })
    Self.sort(&candidates, &sorted, by: { $0.segment })
  }

  private static func sort(
    _ candidates: inout [Candidate], _ spare: inout [Candidate], by key: (Candidate) -> Int
  ) {
    let largest = candidates.reduce(0) { max($0, key($1)) }
    let digits = candidates.count < largeDigitMin ? 256 : 2048
    var shift = 0
    while shift < Int.bitWidth && largest >> shift > 0 {
      var places = Array(repeating: 0, count: digits)
      for candidate in candidates { places[key(candidate) >> shift & (digits - 1)] += 1 }
      var place = 0
      for digit in 0..<digits { (places[digit], place) = (place, place + places[digit]) }
      for candidate in candidates {
        let digit = key(candidate) >> shift & (digits - 1)
        spare[places[digit]] = candidate
        places[digit] += 1
      }
      swap(&candidates, &spare)
      shift += digits.trailingZeroBitCount
    }
  }

  private func emit(_ candidate: Int, _ segment: Int, _ start: Int, _ end: Int, to pieces: inout [Piece]) {
    let valuesStart = candidates[candidate].valuesStart + start - candidates[candidate].offset
    if let last = pieces.last, last.segment == segment, last.offset + last.length == start,
      last.valuesStart + last.length == valuesStart
    {
      pieces[pieces.count - 1].length += end - start
    } else {
      pieces.append(Piece(segment: segment, offset: start, length: end - start, valuesStart: valuesStart))
    }
  }

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
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isNewer(child, newest) {
        newest = child
      }
      if newest == parent { return }
      heap.swapAt(parent, newest)
      parent = newest
    }
  }

  private func isNewer(_ left: Int, _ right: Int) -> Bool {
    candidates[heap[left]].age > candidates[heap[right]].age
  }
}
