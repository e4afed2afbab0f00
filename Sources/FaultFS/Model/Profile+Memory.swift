/// The profiles of memory that survives: a cell is a cache line, a version a store, and what a sync is to a disk, a flush
/// and a fence are to a line.
///
/// Flush and fence take effect as if they were two steps, one after the other in program order; for x86 that loses no
/// state that the weaker definition of the manuals allows (Khyzha and Lahav, Taming x86-TSO Persistency, POPL '21). The
/// files themselves, their sizes and names, are those of `posix` where memory needs flushes.
extension Profile {
  /// Memory with a battery (Rio, Chen et al., ASPLOS '96), or a processor that writes its caches back when power fails (eADR):
  /// every store is permanent when it is made. A crash comes between two stores: n stores leave n + 1 states.
  public static let rio = memory("rio", lines: .durableOnReturn, Memory(storeBytesMax: 8))

  /// Persistent memory behind volatile caches (ADR): lines are free of each other, any of them may reach memory at any time,
  /// and a flush with a fence after it makes it surely so. A copy is made of stores of 8 bytes, in ascending order.
  public static let adr = memory("adr", lines: .free, Memory(storeBytesMax: 8))

  /// As `adr`, but a copy is made of stores as wide as a line, of which any part of 8 bytes may be missing.
  public static let adrTorn: Profile = {
    var profile = memory("adr-torn", lines: .free, Memory(storeBytesMax: cacheLineLength))
    profile.tearing = Tearing(grainBytes: 8, rest: [.old])
    return profile
  }()

  /// All of them.
  public static let memories: [Profile] = [.rio, .adr, .adrTorn]

  private static let cacheLineLength = 64

  private static func memory(_ name: String, lines: Ordering, _ memory: Memory) -> Profile {
    var profile = Profile(
      name: name, atom: .sector, sectors: lines, sizes: lines, entries: lines, order: .free, grownSize: .free,
      exposedTail: [], fileSyncPersistsEntry: false, failedSync: [.cleanNotWritten])
    profile.sectorLength = cacheLineLength
    profile.memory = memory
    return profile
  }
}
