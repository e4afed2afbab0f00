public import Storage

/// A store that can be tortured: created, opened (which recovers), run, looked at, and dropped without warning.
///
/// The harness knows a store only through this protocol. A store drives nothing by itself: its background work is done
/// in `step`, so that the harness decides what happens in which order. Everything it does to a disk goes through the
/// storage that it is given.
///
/// Threading: one thread at a time.
public protocol SystemUnderTest: AnyObject {
  /// Creates what the store needs on an empty disk, or completes a creation that was cut off. Durable on return.
  static func create(on storage: any Storage, for scenario: Scenario) throws

  /// Opens what is on the disk, recovers, and makes the segments readable.
  static func open(on storage: any Storage, for scenario: Scenario) throws -> Self

  /// Recovers what is on the disk, as `open` does, and closes again.
  ///
  /// - Returns: whether each segment now is, byte for byte, the file of its name, so that there is no need to open the
  ///   store to look at it.
  static func recover(on storage: any Storage, for scenario: Scenario) throws -> Bool

  /// Runs one operation of a workload.
  func perform(_ operation: Operation) throws

  /// Does one step of background work, if there is any.
  func step() throws

  /// Closes in order; everything that was committed is durable then.
  func close() throws

  /// Calls `body` with the bytes of each segment, in the order of the scenario, as the application sees them.
  func readSegments(_ body: (_ segment: Int, _ bytes: RawSpan) -> Void)

  /// Whether its format tells a log that was damaged before its end from one that was being written when power was cut.
  static var tellsDamageFromTornTail: Bool { get }

  /// Rare states that were reached since the store was opened, with how often. The names are always the same.
  var marks: [String: Int] { get }
}

extension SystemUnderTest {
  public static func recover(on storage: any Storage, for scenario: Scenario) throws -> Bool { false }

  public static var tellsDamageFromTornTail: Bool { false }

  /// The hash of all segments (see `StateHash`).
  func stateHash() -> UInt64 {
    var hash: UInt64 = 0
    readSegments { segment, bytes in hash ^= StateHash.segment(segment, bytes: bytes) }
    return hash
  }

  /// A copy of all segments.
  func images() -> [[UInt8]] {
    var images: [[UInt8]] = []
    readSegments { _, bytes in
      images.append(unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) })
    }
    return images
  }
}

extension SystemOptions.Name {
  /// The store of that name.
  var system: any SystemUnderTest.Type {
    switch self {
    case .lrvm: LRVMSystem.self
    }
  }
}
