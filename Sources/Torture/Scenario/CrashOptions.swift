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

  /// How the crash states of a point are found.
  public enum Exploration: String, Hashable, Sendable, Codable, CaseIterable {
    /// Drawn by the strategies.
    case sampled
    /// Every state that recovery and the check can tell apart, up to a cap.
    case exhaustive
  }

  public var points: CrashPoints
  public var exploration: Exploration
  /// How many executions an exhaustive exploration may take at a crash point.
  public var executionsPerPoint: Int
  public var statesPerPoint: Int
  public var strategies: [Strategy]
  /// How many crashes in recovery follow one another: 0 for none.
  public var recoveryDepth: Int
  public var recoveryPointsMax: Int
  public var recoveryStatesPerPoint: Int

  enum CodingKeys: String, CodingKey {
    case points, exploration
    case executionsPerPoint = "executions_per_point"
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
