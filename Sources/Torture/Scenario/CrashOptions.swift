/// The disk that the system under test runs on.
public struct DiskOptions: Hashable, Sendable, Codable {
  public enum Profile: String, Hashable, Sendable, Codable, CaseIterable {
    /// What POSIX leaves open, all of it: the weakest disk.
    case posix
    /// The process dies and the operating system lives on: everything that returned stays.
    case processCrash = "process-crash"
  }

  public enum Tearing: String, Hashable, Sendable, Codable, CaseIterable {
    case none
    case byte
    case eightBytes = "eight_bytes"
  }

  public var profile: Profile
  /// A sector's length in bytes: what is written as a whole where nothing tears.
  public var sector: Int
  public var tearing: Tearing
}

/// Where a case crashes, and which of the states that a crash may leave are tried.
public struct CrashOptions: Hashable, Sendable, Codable {
  public enum Strategy: String, Hashable, Sendable, Codable, CaseIterable {
    case allKept = "all-kept"
    case noneKept = "none-kept"
    case oneLost = "one-lost"
    case oneKept = "one-kept"
    case prefix
    case random
    case torn
  }

  public var points: CrashPoints
  public var statesPerPoint: Int
  public var strategies: [Strategy]
  /// How many crashes in recovery follow one another: 0 for none.
  public var recoveryDepth: Int
  public var recoveryPointsMax: Int
  public var recoveryStatesPerPoint: Int

  enum CodingKeys: String, CodingKey {
    case points
    case statesPerPoint = "states_per_point"
    case strategies
    case recoveryDepth = "recovery_depth"
    case recoveryPointsMax = "recovery_points_max"
    case recoveryStatesPerPoint = "recovery_states_per_point"
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
    if let word = try? decoder.singleValueContainer().decode(String.self) {
      guard word == "every" else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "expected every, found '\(word)'"))
      }
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
      var container = encoder.singleValueContainer()
      try container.encode("every")
    case .stride(let count):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(count, forKey: .stride)
    case .sample(let count):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(count, forKey: .sample)
    }
  }
}

/// A storage call of the system under test that is broken on purpose: it returns and does nothing. It stands for
/// the bug of a store that leaves the call out.
public struct Sabotage: Hashable, Sendable, Codable {
  public enum Call: String, Hashable, Sendable, Codable, CaseIterable {
    case write, sync
    case syncDirectory = "sync-directory"
    case rename, truncate, allocate
  }

  public var drop: Call
  /// A file's name, or a pattern in which `*` stands for any characters. A directory sync has its directory's
  /// name, which is empty for the root, so `*` there.
  public var file: String

  public init(drop: Call, file: String) {
    self.drop = drop
    self.file = file
  }

  /// Whether the call `call` on the file `name` is to be dropped.
  public func applies(to call: Call, file name: String) -> Bool {
    call == drop && Self.matches(Array(name.utf8), pattern: Array(file.utf8))
  }

  /// Matches greedily and goes back to the last `*` on a difference: no pattern takes more than quadratic time.
  private static func matches(_ name: [UInt8], pattern: [UInt8]) -> Bool {
    let star = UInt8(ascii: "*")
    var inName = 0
    var inPattern = 0
    var back: (pattern: Int, name: Int)?
    while inName < name.count {
      if inPattern < pattern.count, pattern[inPattern] == star {
        back = (inPattern + 1, inName)
        inPattern += 1
      } else if inPattern < pattern.count, pattern[inPattern] == name[inName] {
        inPattern += 1
        inName += 1
      } else if let last = back {
        back = (last.pattern, last.name + 1)
        inPattern = last.pattern
        inName = last.name + 1
      } else {
        return false
      }
    }
    return pattern[inPattern...].allSatisfy { $0 == star }
  }
}
