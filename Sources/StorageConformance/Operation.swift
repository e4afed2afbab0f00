internal import SeededRandom
internal import Storage

/// One call to a storage, fully decided: the same value means the same call on any storage.
enum Operation: Sendable {
  case open(slot: Int, name: String, mode: OpenMode)
  case close(slot: Int)
  case read(slot: Int, offset: Int, count: Int)
  case examine(slot: Int, offset: Int, count: Int)
  case write(slot: Int, offset: Int, bytes: [UInt8])
  case writeGathering(slot: Int, offset: Int, parts: [[UInt8]])
  case writePlaced(slot: Int, parts: [PlacedBytes])
  case size(slot: Int)
  case truncate(slot: Int, size: Int)
  case allocate(slot: Int, size: Int)
  case sync(slot: Int, kind: SyncKind)
  case lock(slot: Int)
  case rename(name: String, newName: String)
  case remove(name: String)
  case list
  case syncDirectory
}

extension Operation: CustomStringConvertible {
  var description: String {
    switch self {
    case .open(let slot, let name, let mode): "open '\(name)' \(mode) as file \(slot)"
    case .close(let slot): "close file \(slot)"
    case .read(let slot, let offset, let count): "read \(count) bytes at \(offset) of file \(slot)"
    case .examine(let slot, let offset, let count): "ask about \(count) bytes at \(offset) of file \(slot)"
    case .write(let slot, let offset, let bytes): "write \(bytes.count) bytes at \(offset) of file \(slot)"
    case .writeGathering(let slot, let offset, let parts):
      "write parts of \(parts.map(\.count)) bytes at \(offset) of file \(slot)"
    case .writePlaced(let slot, let parts):
      "write to the places \(parts.map { $0.offset..<$0.offset + $0.bytes.count }) of file \(slot)"
    case .size(let slot): "size of file \(slot)"
    case .truncate(let slot, let size): "truncate file \(slot) to \(size)"
    case .allocate(let slot, let size): "allocate \(size) bytes for file \(slot)"
    case .sync(let slot, let kind): "sync \(kind) of file \(slot)"
    case .lock(let slot): "lock file \(slot)"
    case .rename(let name, let newName): "rename '\(name)' to '\(newName)'"
    case .remove(let name): "remove '\(name)'"
    case .list: "list"
    case .syncDirectory: "sync the directory"
    }
  }
}

/// Draws operations on few names and few open files, so that they meet: the same name opened twice, a file removed
/// while open, writes that overlap and straddle sectors. Some are malformed.
struct OperationGenerator {
  static let slotCount = 6
  private static let names = ["a", "b", "c", "d"]
  private static let invalidNames = ["", "/a", "a/", "..", "./b"]

  private var random: SplitMix64

  init(seed: UInt64) {
    random = SplitMix64(seed: seed)
  }

  mutating func next() -> Operation {
    let slot = random.below(Self.slotCount)
    switch random.below(100) {
    case ..<14: return .open(slot: slot, name: name(), mode: mode())
    case ..<17: return .close(slot: slot)
    case ..<30: return .read(slot: slot, offset: place(), count: count())
    case ..<35: return .examine(slot: slot, offset: place(), count: count())
    case ..<58: return .write(slot: slot, offset: place(), bytes: bytes(count()))
    case ..<63: return .writeGathering(slot: slot, offset: place(), parts: parts())
    case ..<68: return .writePlaced(slot: slot, parts: placedParts())
    case ..<73: return .size(slot: slot)
    case ..<78: return .truncate(slot: slot, size: place())
    case ..<83: return .allocate(slot: slot, size: place())
    case ..<86: return .sync(slot: slot, kind: random.below(2) == 0 ? .data : .full)
    case ..<90: return .lock(slot: slot)
    case ..<93: return .rename(name: name(), newName: name())
    case ..<96: return .remove(name: name())
    case ..<99: return .list
    default: return .syncDirectory
    }
  }

  private mutating func one<Element>(of elements: [Element]) -> Element {
    elements[random.below(elements.count)]
  }

  private mutating func name() -> String {
    one(of: random.below(20) == 0 ? Self.invalidNames : Self.names)
  }

  private mutating func mode() -> OpenMode {
    one(of: [.createOrOpen, .createOrOpen, .readWrite, .readOnly, .createNew])
  }

  /// An offset or a size.
  private mutating func place() -> Int {
    random.below(40) == 0 ? -1 - random.below(5000) : validPlace()
  }

  /// Mostly near a multiple of a sector.
  private mutating func validPlace() -> Int {
    switch random.below(4) {
    case 0: random.below(20_000)
    case 1: 0
    default: max(0, 512 * random.below(40) + random.below(5) - 2)
    }
  }

  private mutating func count() -> Int {
    switch random.below(8) {
    case 0: 0
    case 1: random.below(6000)
    case 2...4: 512 * (1 + random.below(4))
    default: 1 + random.below(600)
    }
  }

  private mutating func bytes(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count {
      unsafe withUnsafeBytes(of: random.next().littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  private mutating func parts() -> [[UInt8]] {
    (0..<random.below(6)).map { _ in bytes(count() / 2) }
  }

  /// In ascending order and disjoint; some side by side, some in one sector or page, some far apart.
  private mutating func placedParts() -> [PlacedBytes] {
    var parts: [PlacedBytes] = []
    var offset = place()
    for _ in 0..<random.below(12) {
      let part = PlacedBytes(offset: offset, bytes: bytes(1 + random.below(300)))
      parts.append(part)
      offset += part.bytes.count + [0, 1, random.below(600), random.below(9000)][random.below(4)]
    }
    return parts
  }
}
