/// What a crash may do to what was not synced: the rules of one kind of file system, as data.
///
/// A crash state is one version for each cell, none below the cell's floor. A profile says which versions gain
/// a floor without a sync (`sectors`, `sizes`, `entries`), which calls survive only whole (`indivisible`), and
/// what a cell may show besides its versions (`tearing`, `exposedTail`). A sync floors what it covers under
/// every profile: the sectors and the size of a file, or the entries of a directory. It never persists the
/// file's own entry under the profiles that exist now.
public struct Profile: Hashable, Sendable, Codable {
  /// When the versions of one kind of cell can no longer be lost, apart from syncs.
  public enum Ordering: String, Hashable, Sendable, Codable {
    /// Only a sync makes them durable, in any combination.
    case free
    /// They are durable as soon as their call has returned.
    case durableOnReturn
  }

  /// The calls whose versions persist only all together.
  public enum Indivisible: String, Hashable, Sendable, Codable {
    /// The two entries that a rename changes.
    case renames
    /// All versions of any one call.
    case calls
  }

  /// How a sector that was being overwritten can be mixed from two neighbouring versions.
  public struct Tearing: Hashable, Sendable, Codable {
    /// The new bytes begin and end at multiples of this many bytes; a divisor of the sector's length.
    public var grainBytes: Int
    /// What the rest of the sector may hold.
    public var rest: [Tear.RestKind]
    /// Whether zeros and garbage may also replace bytes of the sector that the call did not write
    /// (SQLite calls a disk without this `powersafe_overwrite`).
    public var reachesNeighbours: Bool

    public init(grainBytes: Int, rest: [Tear.RestKind], reachesNeighbours: Bool = false) {
      self.grainBytes = grainBytes
      self.rest = rest
      self.reachesNeighbours = reachesNeighbours
    }
  }

  public var name: String
  /// The length of a sector in bytes, 512 or 4096: the atom that is written wholly or not at all unless it tears.
  public var sectorLength: Int
  /// How sectors tear; nil where they never do.
  public var tearing: Tearing?
  /// What a sector may hold, besides its older version's bytes, that lies wholly at or beyond the file's durable
  /// size and whose newer version was lost.
  public var exposedTail: [Tear.RestKind]
  public var sectors: Ordering
  public var sizes: Ordering
  public var entries: Ordering
  public var indivisible: Indivisible

  public init(
    name: String, sectorLength: Int, tearing: Tearing?, exposedTail: [Tear.RestKind],
    sectors: Ordering, sizes: Ordering, entries: Ordering, indivisible: Indivisible
  ) {
    self.name = name
    self.sectorLength = sectorLength
    self.tearing = tearing
    self.exposedTail = exposedTail
    self.sectors = sectors
    self.sizes = sizes
    self.entries = entries
    self.indivisible = indivisible
  }

  /// The weakest that POSIX allows: without a sync everything is lost or kept in any combination, except that
  /// a rename is lost or kept as one. A tail that grew may hold old bytes, zeros or garbage. Sectors of 512
  /// bytes do not tear: set `tearing` for a disk on which they do.
  public static let posix = Profile(
    name: "posix", sectorLength: 512, tearing: nil, exposedTail: [.zeros, .garbage],
    sectors: .free, sizes: .free, entries: .free, indivisible: .renames)

  /// The process dies and the page cache lives on: every call that returned survives, and the call in flight
  /// took place wholly or not at all.
  public static let processCrash = Profile(
    name: "process-crash", sectorLength: 512, tearing: nil, exposedTail: [],
    sectors: .durableOnReturn, sizes: .durableOnReturn, entries: .durableOnReturn, indivisible: .calls)

  /// The profiles that have a name.
  public static let named: [Profile] = [.posix, .processCrash]

  /// The same profile with sectors that tear.
  public func tearing(
    grainBytes: Int, rest: [Tear.RestKind] = [.old, .zeros, .garbage], reachesNeighbours: Bool = false
  ) -> Profile {
    var profile = self
    profile.tearing = Tearing(grainBytes: grainBytes, rest: rest, reachesNeighbours: reachesNeighbours)
    return profile
  }

  /// The first rule that the profile breaks, as a sentence; nil where it is sound.
  public var flaw: String? {
    if sectorLength != 512 && sectorLength != 4096 {
      return "sectorLength is \(sectorLength); it must be 512 or 4096 bytes"
    }
    if let tearing, tearing.grainBytes < 1 || sectorLength % tearing.grainBytes != 0 {
      return "tearing.grainBytes is \(tearing.grainBytes); it must divide the sector's \(sectorLength) bytes"
    }
    if let tearing, tearing.rest.isEmpty {
      return "tearing.rest is empty; it must name old, zeros or garbage"
    }
    return nil
  }

  func ordering(of kind: Cell.Kind) -> Ordering {
    switch kind {
    case .sector: sectors
    case .size: sizes
    case .entry: entries
    }
  }

  func isIndivisible(_ kind: Operation.Kind) -> Bool {
    switch indivisible {
    case .renames: kind == .rename
    case .calls: true
    }
  }
}
