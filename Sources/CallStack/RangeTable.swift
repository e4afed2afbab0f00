/// Finds the range that an address lies in, among many.
///
/// Ranges are sorted by their lower bounds. Debug information may hold ranges that overlap or nest; beside each
/// range stands the greatest upper bound up to there, which says when no earlier range can hold the address.
package struct RangeTable<Value> {
  private struct Entry {
    var range: Range<UInt64>
    var greatestUpperBound: UInt64
    var value: Value
  }

  private var entries: [Entry] = []

  /// A table of ranges with what they stand for. Empty ranges hold no address and are dropped.
  package init(_ ranges: [(range: Range<UInt64>, value: Value)]) {
    let sorted = ranges.enumerated()
      .filter { !$0.element.range.isEmpty }
      .sorted { ($0.element.range.lowerBound, $0.offset) < ($1.element.range.lowerBound, $1.offset) }
    var greatest: UInt64 = 0
    for (_, element) in sorted {
      greatest = max(greatest, element.range.upperBound)
      entries.append(Entry(range: element.range, greatestUpperBound: greatest, value: element.value))
    }
  }

  /// The value of the range that holds `address`; of several, the one that begins last.
  package subscript(address: UInt64) -> Value? {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].range.lowerBound <= address { low = middle + 1 } else { high = middle }
    }
    while low > 0, entries[low - 1].greatestUpperBound > address {
      low -= 1
      if entries[low].range.contains(address) { return entries[low].value }
    }
    return nil
  }
}
