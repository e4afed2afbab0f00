@testable import LRVM

extension Spool {
  /// Appends a record of one range of segment 0 with these values.
  mutating func append(offset: Int, values: [UInt8], ticket: UInt64 = 0) {
    guard
      let region = try? unsafe Region(
        segment: "a", segmentIndex: 0, offset: 0, length: offset + values.count, memory: nil,
        owner: ObjectIdentifier(OpenTransaction.self))
    else { fatalError("no memory for a region of \(offset + values.count) bytes") }
    unsafe region.replace(at: offset, with: values.span.bytes)
    let transaction = OpenTransaction()
    transaction.declare(transaction.add(region), offset, values.count)
    var ranges = CoalescedRanges()
    transaction.collect(into: &ranges)
    append(length: ranges.recordLength, ranges, of: transaction, ticket: ticket)
    // A transaction counts no reference to its regions.
    withExtendedLifetime(region) {}
  }

  /// Those that are not left out.
  var liveEntries: [Entry] { entries.indices.map { entries[$0] }.filter(\.isLive) }
}

extension PlainList {
  var elements: [Element] { indices.map { self[$0] } }
}
