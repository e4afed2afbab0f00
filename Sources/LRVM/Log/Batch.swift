/// The records of one write of the log: those that all lanes had spooled, in the order of their tickets.
struct Batch: ~Copyable {
  /// A record, by where it is.
  private struct Place: BitwiseCopyable {
    var part: Int32
    var entry: Int32
  }

  /// How many lanes there may be.
  static let partsMax = 16

  /// What each lane had spooled, by its index.
  private var parts = InlineArray<16, Spool> { _ in Spool() }
  private var order = PlainList<Place>()
  private(set) var liveBytes = 0
  private(set) var liveCount: UInt32 = 0
  /// How many lanes have records in it.
  private(set) var partCount = 0

  /// Takes what is in a lane's spool, which gets an empty one.
  mutating func take(_ spool: inout Spool, ofLane index: Int) {
    if spool.isEmpty { return }
    invariant(parts[index].isEmpty, "lane \(index) has \(parts[index].liveCount) records in a batch already")
    swap(&spool, &parts[index])
    liveBytes += parts[index].liveBytes
    liveCount += parts[index].liveCount
    partCount += 1
  }

  mutating func removeAll() {
    for index in parts.indices where !parts[index].isEmpty { parts[index].removeAll() }
    order.removeAll()
    liveBytes = 0
    liveCount = 0
    partCount = 0
  }

  /// Puts the records in order, and gives them their sequence numbers.
  mutating func seal(firstSequence: UInt64) {
    join()
    var header = Record.Header(sequence: firstSequence, length: 0, followers: liveCount)
    for index in order.indices {
      let place = order[index]
      header.length = parts[Int(place.part)].entries[Int(place.entry)].length
      header.followers -= 1
      parts[Int(place.part)].setHeader(header, of: Int(place.entry))
      header.sequence += 1
    }
    invariant(header.followers == 0, "a batch of \(liveCount) records has \(order.count)")
  }

  /// The parts are in order by themselves: from the one whose next ticket is the lowest, all go that lie before the next part's.
  private mutating func join() {
    order.removeAll()
    var next = InlineArray<16, Int>(repeating: 0)
    for part in parts.indices { next[part] = parts[part].firstLive(from: 0) }
    while true {
      var lowest: (part: Int, ticket: UInt64)?
      var limit = UInt64.max
      for part in parts.indices where next[part] < parts[part].entries.count {
        let ticket = parts[part].entries[next[part]].ticket
        if let present = lowest, present.ticket < ticket {
          limit = min(limit, ticket)
        } else {
          limit = lowest?.ticket ?? limit
          lowest = (part, ticket)
        }
      }
      guard let part = lowest?.part else { return }
      while next[part] < parts[part].entries.count, parts[part].entries[next[part]].ticket < limit {
        order.append(Place(part: Int32(part), entry: Int32(next[part])))
        next[part] = parts[part].firstLive(from: next[part] + 1)
      }
    }
  }

  /// The records, in order, once they are sealed.
  func forEachRecord(_ body: (borrowing Spool, Spool.Entry) -> Void) {
    for index in order.indices {
      let place = order[index]
      body(parts[Int(place.part)], parts[Int(place.part)].entries[Int(place.entry)])
    }
  }

  /// The bytes of all records, in order, once they are sealed: in as few stretches as they lie in.
  func forEachStretch(_ body: (borrowing ByteBuffer, Range<Int>) -> Void) {
    var index = 0
    while index < order.count {
      let part = Int(order[index].part)
      let first = parts[part].entries[Int(order[index].entry)]
      var end = first.end
      index += 1
      while index < order.count, Int(order[index].part) == part {
        let entry = parts[part].entries[Int(order[index].entry)]
        if entry.start != end { break }
        end = entry.end
        index += 1
      }
      body(parts[part].bytes, first.start..<end)
    }
  }
}
