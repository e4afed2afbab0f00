import SeededRandom
import Storage

/// Random calls that change a storage: small files, a few names in two directories, many overlaps.
///
/// Two of them with one seed make the same calls, as long as both storages answer alike.
struct RandomCalls {
  var generator: SplitMix64
  /// How many sectors of 512 bytes a file may have.
  var sectorsMax = 4
  /// The odds that a call is a sync: one in this many, of three kinds.
  var syncOdds = 4
  /// The odds that a call is a read: one in this many; none where 0.
  var readOdds = 0
  private var files: [any StorageFile] = []
  private let names = ["a", "b", "c", "d/x", "d/y"]

  init(seed: UInt64, sectorsMax: Int = 4, syncOdds: Int = 4, readOdds: Int = 0) {
    generator = SplitMix64(seed: seed)
    self.sectorsMax = sectorsMax
    self.syncOdds = syncOdds
    self.readOdds = readOdds
  }

  /// Makes `count` calls; those that fail count as well.
  mutating func make(_ count: Int, on storage: any Storage) throws {
    for _ in 0..<count {
      do {
        try makeOne(on: storage)
      } catch let error as StorageError {
        // A name that is not there: as good a call as any other.
        guard case .errno = error.cause else { throw error }
      }
    }
  }

  private mutating func makeOne(on storage: any Storage) throws {
    if generator.isOneIn(syncOdds) {
      switch generator.below(4) {
      case 0: return try storage.syncDirectory(generator.isOneIn(2) ? "" : "d")
      case 1: return try file(on: storage).sync(.full)
      default: return try file(on: storage).sync(.data)
      }
    }
    let bytesMax = sectorsMax * 512
    if readOdds > 0 && generator.isOneIn(readOdds) {
      let offset = generator.below(bytesMax)
      _ = try file(on: storage).read(1 + generator.below(bytesMax), at: offset)
      return
    }
    switch generator.below(12) {
    case 0: files.append(try storage.open(generator.element(of: names), .createOrOpen))
    case 1: try storage.rename(generator.element(of: names), to: generator.element(of: names))
    case 2: try storage.remove(generator.element(of: names))
    case 3: try file(on: storage).truncate(to: generator.below(bytesMax))
    case 4: try file(on: storage).allocate(generator.below(bytesMax))
    case 5: try file(on: storage).writeScattered(bytesMax, &generator)
    default:
      let offset = generator.below(bytesMax)
      let longest = generator.isOneIn(3) ? bytesMax : 40
      let length = generator.below(min(longest, bytesMax - offset) + 1)
      let file = try file(on: storage)
      if file.durableWriteAlignment > 0 && generator.isOneIn(2) {
        let sectors = generator.bytes(512 * (1 + generator.below(2)))
        try unsafe file.writeDurably(sectors.span.bytes, at: offset / 512 * 512)
      } else {
        try file.write(generator.bytes(length), at: offset)
      }
    }
  }

  private mutating func file(on storage: any Storage) throws -> any StorageFile {
    if files.isEmpty || generator.isOneIn(10) {
      files.append(try storage.open(generator.element(of: names), .createOrOpen))
    }
    return generator.element(of: files)
  }
}

extension StorageFile {
  /// Writes up to six parts below `limit` in one call; some lie side by side.
  func writeScattered(_ limit: Int, _ generator: inout SplitMix64) throws(StorageError) {
    var placements: [Placement] = []
    var offset = generator.below(limit)
    let bytes = generator.bytes(600)
    for _ in 0..<generator.below(7) where offset < limit {
      let length = min(1 + generator.below(60), limit - offset)
      placements.append(Placement(offset: offset, start: generator.below(500), length: length))
      offset += length + [0, generator.below(9), generator.below(400)][generator.below(3)]
    }
    try unsafe write(placements.span, of: bytes.span.bytes)
  }
}
