import Storage

/// The places for status blocks in a log, as they are found.
struct StatusSlots {
  enum Slot: Hashable {
    case block(StatusBlock)
    /// Never written, or taken back.
    case blank
    /// Something else: a write that was torn, or damage.
    case damaged

    init(_ bytes: RawSpan, _ counter: UInt64) {
      if let block = StatusBlock.decode(bytes), block.counter % StatusBlock.slots == counter {
        self = .block(block)
      } else {
        self = bytes.byteCount >= 8 && bytes.load(UInt64.self, at: 0) == 0 ? .blank : .damaged
      }
    }
  }

  private(set) var slots: [Slot] = []

  /// Asks about all of them, each no further than it says that it is used.
  init(_ file: any StorageFile, _ shape: LogShape) throws(StorageError) {
    for counter in 0..<StatusBlock.slots {
      let offset = shape.statusOffset(counter: counter)
      let begins = try file.examine(shape.sectorLength, at: offset) { Beginning($0, shape, counter) }
      switch begins {
      case .slot(let slot): slots.append(slot)
      case .longer(let used): slots.append(try file.examine(used, at: offset) { Slot($0, counter) })
      }
    }
  }

  /// What the first sector of a slot tells.
  private enum Beginning: Hashable {
    case slot(Slot)
    /// It begins a block that takes this many bytes.
    case longer(Int)

    init(_ bytes: RawSpan, _ shape: LogShape, _ counter: UInt64) {
      if let used = StatusBlock.claimedLength(bytes), used > bytes.byteCount, used <= shape.statusLength {
        self = .longer(used)
      } else {
        self = .slot(Slot(bytes, counter))
      }
    }
  }

  /// The block that holds: the one with the highest counter. Nil where there is none.
  var newest: StatusBlock? {
    let blocks = slots.compactMap { if case .block(let block) = $0 { block } else { nil } }
    return blocks.max { $0.counter < $1.counter }
  }

  var damagedCount: Int { slots.count { $0 == .damaged } }
}
