/// The client threads of a case, and the schedules that they run by.
public struct ThreadOptions: Hashable, Sendable, Codable {
  /// How the schedules of a case are found.
  public enum Schedules: String, Hashable, Sendable, Codable, CaseIterable {
    /// One that the seed draws: by priorities or at random.
    case drawn
    /// Every one with at most `preemptionsMax` preemptions, up to a cap.
    case every
  }

  /// No threads: the harness drives the store, one operation after the other.
  public static let none = ThreadOptions(
    count: 0, isShared: false, schedules: .drawn, preemptionsMax: 2, schedulesMax: 100_000)

  /// How many clients there are, each a thread; 0 for none.
  public var count: Int
  /// Whether a part of every segment is common to all threads, beside those of each.
  public var isShared: Bool
  public var schedules: Schedules
  /// How often a schedule keeps a thread waiting that could go on, at most, where every one is run.
  public var preemptionsMax: Int
  /// How many schedules a case runs at most.
  public var schedulesMax: Int

  enum CodingKeys: String, CodingKey {
    case count, schedules
    case isShared = "shared"
    case preemptionsMax = "preemptions_max"
    case schedulesMax = "schedules_max"
  }

  /// How many equal parts each segment has.
  package var parts: Int { count + (isShared ? 1 : 0) }
}
