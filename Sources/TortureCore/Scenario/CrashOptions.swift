/// The disk that the system under test runs on.
public struct DiskOptions: Hashable, Sendable, Codable {
  /// The profiles of FaultFS, by their names.
  public enum Profile: String, Hashable, Sendable, Codable, CaseIterable {
    case posix
    case ext4Ordered = "ext4-ordered"
    case ext4Writeback = "ext4-writeback"
    case ext4Data = "ext4-data"
    case xfs
    case btrfs
    case rawDevice = "raw-device"
    case processCrash = "process-crash"
    case rio, adr
    case adrTorn = "adr-torn"

    /// Whether files can be mapped as memory.
    public var isMemory: Bool { [.rio, .adr, .adrTorn].contains(self) }

    /// The profiles of disks, and those of memory.
    public static let disks = allCases.filter { !$0.isMemory }
    public static let memories = allCases.filter(\.isMemory)
  }

  public enum Tearing: String, Hashable, Sendable, Codable, CaseIterable {
    /// Byte where the profile's atom can tear, none where it cannot.
    case byProfile = "by_profile"
    case none
    case byte
    case eightBytes = "eight_bytes"
  }

  public enum Order: String, Hashable, Sendable, Codable, CaseIterable {
    case byProfile = "by_profile"
    case free, metadata, everything
  }

  public enum GrownSize: String, Hashable, Sendable, Codable, CaseIterable {
    case byProfile = "by_profile"
    case free
    case overZeros = "over_zeros"
    case afterItsData = "after_its_data"
    case withItsData = "with_its_data"
  }

  public enum ExposedTail: String, Hashable, Sendable, Codable, CaseIterable {
    case byProfile = "by_profile"
    case olderBytes = "older_bytes"
    case zeros, garbage
  }

  public enum FileSync: String, Hashable, Sendable, Codable, CaseIterable {
    case byProfile = "by_profile"
    case persistsEntry = "persists_entry"
    case leavesEntry = "leaves_entry"
  }

  /// The file systems of the kernel that can be mounted above the disk, by their names.
  public enum FileSystem: String, Hashable, Sendable, Codable, CaseIterable {
    /// The store is on FaultFS itself, which is a file system as the profile says.
    case none
    case ext4
    case ext4NoChecksums = "ext4-no-checksums"
    case ext4Writeback = "ext4-writeback"
    case ext4WritebackNoChecksums = "ext4-writeback-no-checksums"
    case ext4Journal = "ext4-journal"
    case ext4JournalNoChecksums = "ext4-journal-no-checksums"
    case xfs, btrfs, ext2
  }

  public var profile: Profile
  /// What is mounted above the disk, which then is a bare one with sectors of 4096 bytes, whatever the rest says.
  public var fileSystem: FileSystem
  /// A sector's length in bytes: what is written as a whole where nothing tears.
  public var sector: Int
  public var tearing: Tearing
  /// Whether bytes next to those that a torn write wrote stay as they were.
  public var powersafeOverwrite: Bool
  /// Whether buffered writes reach the disk as whole pages of 4096 bytes.
  public var pages: Bool
  /// Overrides of the profile's rules.
  public var order: Order
  public var grownSize: GrownSize
  public var exposedTail: ExposedTail
  public var fileSync: FileSync
  /// The names of the files, as a pattern, whose writes are durable when they return; none where empty.
  public var forcedUnitAccess: String
  /// Whether the disk takes writes past the cache that are durable when they return, from a store that asks for them.
  public var directWrites: Bool

  enum CodingKeys: String, CodingKey {
    case profile, sector, tearing, pages, order
    case fileSystem = "filesystem"
    case powersafeOverwrite = "powersafe_overwrite"
    case grownSize = "grown_size"
    case exposedTail = "exposed_tail"
    case fileSync = "file_sync"
    case forcedUnitAccess = "forced_unit_access"
    case directWrites = "direct_writes"
  }

  public init(
    profile: Profile, fileSystem: FileSystem = .none, sector: Int = 512, tearing: Tearing = .byProfile,
    powersafeOverwrite: Bool = true, pages: Bool = false,
    order: Order = .byProfile, grownSize: GrownSize = .byProfile, exposedTail: ExposedTail = .byProfile,
    fileSync: FileSync = .byProfile, forcedUnitAccess: String = "", directWrites: Bool = false
  ) {
    self.profile = profile
    self.fileSystem = fileSystem
    self.sector = sector
    self.tearing = tearing
    self.powersafeOverwrite = powersafeOverwrite
    self.pages = pages
    self.order = order
    self.grownSize = grownSize
    self.exposedTail = exposedTail
    self.fileSync = fileSync
    self.forcedUnitAccess = forcedUnitAccess
    self.directWrites = directWrites
  }
}

/// Where a case crashes, and which of the states that a crash may leave are tried.
public struct CrashOptions: Hashable, Sendable, Codable {
  public enum Strategy: String, Hashable, Sendable, Codable, CaseIterable {
    case allKept = "all-kept"
    case noneKept = "none-kept"
    case oneLost = "one-lost"
    case oneKept = "one-kept"
    case prefix
    case runLost = "run-lost"
    case suffixKept = "suffix-kept"
    case random
    case torn
  }

  /// How the crash states of a point are found.
  public enum Exploration: String, Hashable, Sendable, Codable, CaseIterable {
    /// Drawn by the strategies.
    case sampled
    /// Those in which few cells differ from all kept or from none kept; then drawn.
    case bounded
    /// Every state that recovery and the check can tell apart, up to a cap; where it is met, those of `bounded`.
    case exhaustive
  }

  public var points: CrashPoints
  public var exploration: Exploration
  /// How many executions an exhaustive exploration may take at a crash point.
  public var executionsPerPoint: Int
  /// In how many cells at most a state within the bound differs from all kept, or from none kept; -1: there is no bound,
  /// and states are drawn at once.
  public var deviationsMax: Int
  /// How many states within the bound are executed at a crash point at most.
  public var boundedStatesPerPoint: Int
  public var statesPerPoint: Int
  public var strategies: [Strategy]
  /// How many crashes in recovery follow one another: 0 for none.
  public var recoveryDepth: Int
  public var recoveryPointsMax: Int
  public var recoveryStatesPerPoint: Int
  /// How many transactions the workload goes on with after each recovery; 0 for none.
  public var goesOnTransactions: Int

  enum CodingKeys: String, CodingKey {
    case points, exploration
    case executionsPerPoint = "executions_per_point"
    case deviationsMax = "deviations_max"
    case boundedStatesPerPoint = "bounded_states_per_point"
    case statesPerPoint = "states_per_point"
    case strategies
    case recoveryDepth = "recovery_depth"
    case recoveryPointsMax = "recovery_points_max"
    case recoveryStatesPerPoint = "recovery_states_per_point"
    case goesOnTransactions = "goes_on_transactions"
  }
}

/// Which operations of the disk a case crashes at. In a file: `every`, `{stride: 3}` or `{sample: 40}`.
public enum CrashPoints: Hashable, Sendable, Codable {
  case every
  /// Every n-th operation.
  case stride(Int)
  /// That many operations, drawn by the seed.
  case sample(Int)

  enum CodingKeys: String, CodingKey {
    case stride, sample
  }

  public init(from decoder: any Decoder) throws {
    if try decoder.word(of: "every") != nil {
      self = .every
      return
    }
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if let stride = try container.decodeIfPresent(Int.self, forKey: .stride) {
      self = .stride(stride)
    } else {
      self = .sample(try container.decode(Int.self, forKey: .sample))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .every:
      try encoder.encodeWord("every")
    case .stride(let count):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(count, forKey: .stride)
    case .sample(let count):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(count, forKey: .sample)
    }
  }
}
