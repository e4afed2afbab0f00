internal import SeededRandom

/// One thing that goes wrong while a disk runs: what, at which calls, and where.
///
/// As data it reads `{"kind": "sync-error", "file": "*.log", "placement": {"call": {"_0": 3}}, …}`. The same plan on the
/// same calls strikes the same way: whatever a fault leaves open (how much of a write went in, which bit rotted) is
/// drawn from its seed and the number of the call.
public struct Fault: Hashable, Sendable, Codable {
  /// What goes wrong. Each kind strikes certain calls (`calls`).
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable, BitwiseCopyable {
    /// A write fails with EIO; a part of it, perhaps nothing, went in. A truncation or allocation fails wholly.
    case writeError = "write-error"
    /// A write goes in as two: the system call was short, and the storage layer continued it.
    case shortWrite = "short-write"
    /// A write fails with ENOSPC after a part of it went in, perhaps nothing; an allocation or truncation fails.
    case noSpace = "no-space"
    /// A read fails with EIO.
    case readError = "read-error"
    /// From this read on, the sector of its first byte cannot be read (EIO), after a crash neither, until it is written.
    case latentSectorError = "latent-sector-error"
    /// A sync fails with EIO, at once or later, and leaves behind what the profile says (`Profile.FailedSync`).
    case syncError = "sync-error"
    /// A sync returns and persists nothing; a later one may.
    case lyingSync = "lying-sync"
    /// The bytes of a write reach the page cache and, whatever later syncs return, perhaps never the disk.
    case lostWrite = "lost-write"
    /// As a lost write, and the bytes go into another place of the same file.
    case misdirectedWrite = "misdirected-write"
    /// A read returns, for the sectors that have one, the version before the newest.
    case staleRead = "stale-read"
    /// Just before a read, one bit that it will return flips on the disk, for good. Only bytes at rest rot: where all
    /// sectors of the read still wait for a sync, nothing strikes.
    case bitRot = "bit-rot"
    /// EINTR: the storage layer calls again, so that nothing but the note of it remains.
    case interrupted
    /// An open, or another call that makes a name, fails with EIO and makes none.
    case openError = "open-error"
    /// A rename fails with EIO, and changes nothing.
    case renameError = "rename-error"
    /// A removal fails with EIO, and changes nothing.
    case removeError = "remove-error"
    /// The process is killed before a call: that one and all later ones fail and do nothing, until the next process begins
    /// (`FaultDisk.beginProcess`). It finds what was written, synced or not.
    case kill
    /// A store to mapped memory is followed by another, through a bad pointer: 8 bytes of garbage at another aligned place
    /// of the same file.
    case wildStore = "wild-store"
    /// A flush of mapped memory does nothing, so that the next fence has nothing of it to cover.
    case lostFlush = "lost-flush"

    /// The calls that the kind strikes.
    public var calls: [Call] {
      switch self {
      case .shortWrite, .lostWrite, .misdirectedWrite: [.write]
      case .writeError, .noSpace: [.write, .truncate, .allocate]
      case .readError, .latentSectorError, .staleRead, .bitRot: [.read]
      case .syncError, .lyingSync: [.sync, .syncDirectory]
      case .interrupted: [.write, .read, .sync]
      case .openError: [.open]
      case .renameError: [.rename]
      case .removeError: [.remove]
      case .kill: [.open, .write, .truncate, .allocate, .sync, .syncDirectory, .rename, .remove]
      case .wildStore: [.store]
      case .lostFlush: [.flush]
      }
    }
  }

  /// The calls that a fault can strike.
  public enum Call: String, Hashable, Sendable, Codable, CaseIterable {
    case open, read, write, truncate, allocate, sync, rename, remove
    case syncDirectory = "sync-directory"
    /// Of mapped memory.
    case store, flush
  }

  /// Which of the calls that match the fault's kind, file and bytes are struck.
  public enum Placement: Hashable, Sendable, Codable {
    /// The one with this number, counted from 1.
    case call(Int)
    /// Each with this probability, drawn from the fault's seed.
    case rate(Double)
  }

  public var kind: Kind
  /// The names that it applies to, as a pattern with `*` and `?`. The name of a directory sync is the directory (the
  /// root's is empty), of a rename the old or the new name.
  public var file: String
  /// Only reads and writes that touch these bytes of the file; any where nil.
  public var bytes: Range<Int>?
  public var placement: Placement
  /// Whether it strikes again: at every later matching call where it is placed by number, at every drawn one
  /// where it is placed by rate. Otherwise it strikes once.
  public var isSticky: Bool
  public var seed: UInt64
  /// What a sync that fails leaves behind; nil: one of the profile's, drawn from the seed.
  public var failedSync: Profile.FailedSync?

  public init(
    _ kind: Kind, file: String = "*", bytes: Range<Int>? = nil, at placement: Placement = .call(1),
    isSticky: Bool = false, seed: UInt64 = 0, failedSync: Profile.FailedSync? = nil
  ) {
    self.kind = kind
    self.file = file
    self.bytes = bytes
    self.placement = placement
    self.isSticky = isSticky
    self.seed = seed
    self.failedSync = failedSync
  }

  /// Whether the fault is about a call, before calls are counted.
  func matches(_ call: Call, names: [String], _ range: Range<Int>?) -> Bool {
    guard kind.calls.contains(call), names.contains(where: { NamePattern.matches(file, $0) }) else {
      return false
    }
    guard let bytes else { return true }
    return range.map { $0.overlaps(bytes) } ?? false
  }

  /// A word drawn for the matching call with the number `number`.
  func word(_ number: Int, _ purpose: UInt64 = 0) -> UInt64 {
    let stream = SplitMix64(seed: seed &+ purpose &* 0xd1b5_4a32_d192_ed03).peek()
    return SplitMix64(seed: stream &+ UInt64(number)).peek()
  }

  /// Whether the placement wants the matching call with the number `number`, counted from 1.
  func wants(_ number: Int) -> Bool {
    switch placement {
    case .call(let wanted): isSticky ? number >= wanted : number == wanted
    case .rate(let rate): Double(word(number) >> 11) * 0x1p-53 < rate
    }
  }
}
