/// What a crash may do to what was not synced: the rules of one kind of file system, as data.
///
/// A crash state is one version for each cell, none below the cell's floor. A profile answers four questions:
///
/// - **What persists only together?** The two entries of a rename or an exchange always do. `atom` says how much of the rest does:
///   a sector, a block of `blockLength` bytes, or a whole call.
/// - **What persists only after something else?** `order` puts the metadata of all calls (sizes and entries), or
///   everything, into the order of the calls; `grownSize` says what a size must wait for that exposes new bytes.
/// - **What gains a floor?** A sync floors what it covers under every profile: the sectors and the size of a
///   file, or the entries of a directory, and with them all that they had to wait for. `sectors`, `sizes` and
///   `entries` say what is durable without one, `fileSyncPersistsEntry` whether a full sync of a file covers its
///   name too, `forcedUnitAccess` which files' writes are durable by themselves, and `hasDirectWrites` whether a caller
///   can ask for such a write.
/// - **What may a sector hold besides its versions?** `tearing` and `exposedTail`.
///
/// `failedSync` belongs to the faults: what is left behind by a sync that failed.
///
/// Each rule is one of the form "where this version is on the disk, that one is too" (`OrderRules`), so that
/// building, checking, counting and listing the states never ask which profile it is.
public struct Profile: Hashable, Sendable, Codable {
  /// When the versions of one kind of cell can no longer be lost, apart from syncs.
  public enum Ordering: String, Hashable, Sendable, Codable {
    /// Only a sync makes them durable.
    case free
    /// They are durable as soon as their call has returned.
    case durableOnReturn
  }

  /// What is written wholly or not at all.
  public enum Atom: String, Hashable, Sendable, Codable, CaseIterable {
    /// One sector, which may tear where `tearing` says so.
    case sector
    /// `blockLength` bytes of a file: its sectors share one chain of versions. A block cannot tear.
    case block
    /// All versions of a call.
    case call
  }

  /// Which versions reach the disk in the order of their calls.
  public enum Order: String, Hashable, Sendable, Codable, CaseIterable {
    /// None.
    case free
    /// The metadata, sizes and entries: what survives is the metadata of a prefix of the calls, but for sizes that writes made grow.
    /// Such a size is there only with the metadata of earlier calls, and may come after that of later ones: it is changed when
    /// the data is written back (delayed allocation).
    case metadata
    /// Everything: what survives is a prefix of the atoms, those of one call in ascending order, its size last.
    case everything
  }

  /// What must be on the disk before a size that grew over new bytes.
  public enum GrownSize: String, Hashable, Sendable, Codable, CaseIterable {
    /// Nothing: the tail may show what lay there before.
    case free
    /// Nothing where it shows zeros, and the data where it would show older bytes. A block beyond the file's end is new when it is
    /// written, and reads as zeros until its data was, whatever lay there.
    case overZeros
    /// All that the call wrote beyond the file's old end.
    case afterItsData
    /// The same, and that data not before the size either.
    case withItsData
  }

  /// What a sync that failed leaves behind (Rebello et al., ATC '20).
  public enum FailedSync: String, Hashable, Sendable, Codable, CaseIterable {
    /// The pages count as clean although they were not written: reads show the new bytes, the disk may keep the old
    /// ones, and a later sync returns without writing them.
    case cleanNotWritten
    /// As `cleanNotWritten`, but this sync returns success, and the file's next one fails.
    case reportedLate
    /// The file is again what the disk holds: reads return the old bytes and the old size.
    case reverted
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
    /// Whether a buffered write is one of whole pages of 4096 bytes: the other sectors of its pages are written as well, with the bytes that
    /// they have, and may tear.
    public var reachesPages: Bool

    public init(
      grainBytes: Int, rest: [Tear.RestKind], reachesNeighbours: Bool = false, reachesPages: Bool = false
    ) {
      self.grainBytes = grainBytes
      self.rest = rest
      self.reachesNeighbours = reachesNeighbours
      self.reachesPages = reachesPages
    }
  }

  /// What a crash may do to a file's bytes that were stored to as mapped memory.
  ///
  /// A sector is a cache line then, a store a version of it; within one line stores survive in order. Where sectors are
  /// durable on return, every store is, and stores survive in the order in which they were made; where they are free, a
  /// line may reach memory at any time, and has surely reached it after a flush and then a fence.
  public struct Memory: Hashable, Sendable, Codable {
    /// The longest store of which a copy is made, in bytes: 8, or a whole line, which may tear where `tearing` says so.
    public var storeBytesMax: Int

    public init(storeBytesMax: Int) {
      self.storeBytesMax = storeBytesMax
    }
  }

  public var name: String
  /// The length of a sector in bytes, 512 or 4096, or that of a cache line, 64: the cell in which file data is kept.
  public var sectorLength = 512
  /// The length of a block in bytes, a multiple of the sector's: what the file system allocates.
  public var blockLength = 4096
  public var atom: Atom
  /// How sectors tear; nil where they never do.
  public var tearing: Tearing?
  public var sectors: Ordering
  public var sizes: Ordering
  public var entries: Ordering
  public var order: Order
  public var grownSize: GrownSize
  /// What a sector may hold, besides its older version's bytes, that lies wholly at or beyond the file's durable
  /// size and whose newer version was lost.
  public var exposedTail: [Tear.RestKind]
  /// Whether a full sync of a file, or a sync of a directory, makes the last call durable that gave or took a name
  /// of it itself.
  public var fileSyncPersistsEntry: Bool
  /// The names of the files, as a pattern with `*` and `?`, each of whose writes is durable when it returns, and
  /// waits for nothing else: forced unit access. None where nil.
  public var forcedUnitAccess: String?
  /// Whether a caller can ask for a write past the cache that is durable when it returns (`writeDurably`): of whole
  /// sectors, within the file's size.
  public var hasDirectWrites = false
  /// What a sync that failed may leave behind: one of these, drawn by the fault's seed.
  public var failedSync: [FailedSync]
  /// How files can be mapped as memory; nil where they cannot.
  public var memory: Memory?

  public init(
    name: String, atom: Atom, sectors: Ordering, sizes: Ordering, entries: Ordering, order: Order,
    grownSize: GrownSize, exposedTail: [Tear.RestKind], fileSyncPersistsEntry: Bool, failedSync: [FailedSync]
  ) {
    self.name = name
    self.atom = atom
    self.sectors = sectors
    self.sizes = sizes
    self.entries = entries
    self.order = order
    self.grownSize = grownSize
    self.exposedTail = exposedTail
    self.fileSyncPersistsEntry = fileSyncPersistsEntry
    self.failedSync = failedSync
  }

  /// The same profile with sectors that tear.
  public func tearing(
    grainBytes: Int, rest: [Tear.RestKind] = [.old, .zeros, .garbage], reachesNeighbours: Bool = false
  ) -> Profile {
    var profile = self
    profile.tearing = Tearing(grainBytes: grainBytes, rest: rest, reachesNeighbours: reachesNeighbours)
    return profile
  }

  /// Whether sectors may tear under the profile: not where the atom is larger.
  public var canTear: Bool { atom == .sector }

  /// Whether a crash may keep a part of what one write made its file longer by, in whole blocks. Not where a call is one
  /// atom, nor where a call's size is the last of an ordered journal; and of a file without blocks nothing is known.
  public var growsByBlocks: Bool {
    atom != .call && sizes == .free && order != .everything && memory == nil
  }

  /// Whether it is a disk without a file system: files stand for parts of it, and sectors are all that can be lost.
  var isBare: Bool {
    atom == .sector && sectors == .free && sizes == .durableOnReturn && entries == .durableOnReturn
      && memory == nil
  }

  /// Whether a block that a write adds beyond a file's end may read as zeros until its data was written, whatever the file held
  /// there before it was cut.
  var hasUnwrittenBlocks: Bool {
    grownSize == .overZeros || (grownSize == .free && exposedTail.contains(.zeros))
  }

  /// The first rule that the profile breaks, as a sentence; nil where it is sound.
  public var flaw: String? {
    if let memory {
      if sectorLength != 64 { return "sectorLength is \(sectorLength); a cache line has 64 bytes" }
      if memory.storeBytesMax != 8 && memory.storeBytesMax != sectorLength {
        return
          "memory.storeBytesMax is \(memory.storeBytesMax); it must be 8 or a line's \(sectorLength) bytes"
      }
    } else if sectorLength != 512 && sectorLength != 4096 {
      return "sectorLength is \(sectorLength); it must be 512 or 4096 bytes"
    }
    if blockLength < sectorLength || blockLength % sectorLength != 0 || blockLength > 65536 {
      return
        "blockLength is \(blockLength); it must be a multiple of the sector's \(sectorLength) bytes, at most 65536"
    }
    if tearing != nil && !canTear {
      return "tearing is set, but the profile's atom is a \(atom.rawValue), which cannot tear"
    }
    if let tearing, tearing.grainBytes < 1 || sectorLength % tearing.grainBytes != 0 {
      return "tearing.grainBytes is \(tearing.grainBytes); it must divide the sector's \(sectorLength) bytes"
    }
    if let tearing, tearing.rest.isEmpty {
      return "tearing.rest is empty; it must name old, zeros or garbage"
    }
    if order == .everything && atom == .call {
      return "order is everything, which has blocks or sectors for atoms, but the profile's atom is a call"
    }
    if failedSync.isEmpty {
      return "failedSync is empty; it must name at least one behaviour"
    }
    return nil
  }

  func ordering(of kind: Cell.Kind) -> Ordering {
    switch kind {
    case .sector: sectors
    case .size: sizes
    case .entry: entries
    case .attributes: .durableOnReturn
    }
  }

  /// Whether all versions of a call persist only together.
  func isIndivisible(_ kind: Operation.Kind) -> Bool {
    atom == .call || kind == .rename || kind == .exchange
  }
}
