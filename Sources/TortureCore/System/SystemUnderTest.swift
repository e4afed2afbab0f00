public import Storage

/// A store that can be tortured: created, opened (which recovers), run, looked at, and dropped without warning.
///
/// The harness knows a store only through this protocol, and a scenario knows it by the name that the program gives it
/// (`Systems.register`). A store drives nothing by itself: its background work is done in `step`, so that
/// the harness decides what happens in which order. Everything it does to a disk goes through the storage that it is
/// given, and it keeps nothing in the program from one opening to the next.
///
/// What a scenario calls segments are arrays of bytes, zeros at first, that transactions change. How a store keeps them
/// is its own business: as files, as rows, as values of keys.
///
/// A small store implements `create`, `open`, `perform` and `readSegments`; everything else has a default.
/// `docs/your-store.md` shows one.
///
/// Threading: one thread at a time.
public protocol SystemUnderTest: AnyObject, SendableMetatype {
  /// The options that scenarios may give the store, besides its name. None by default.
  static var options: [SystemOption] { get }

  /// Sections of a scenario that are the store's own, beside `system`. None by default.
  static var sections: [SystemSection] { get }

  /// What several keys of the scenario say together that the store cannot take. Nothing by default.
  static func problems(of scenario: Scenario) -> [ScenarioConsistency.Problem]

  /// What distinguishes the scenario's store from others, in a few words. The system's name by default.
  static func summary(of scenario: Scenario) -> String

  /// The scenario with simpler options of the store, each change by itself, for a failure that may need fewer. None by
  /// default.
  static func simplifications(of scenario: Scenario) -> [Scenario]

  /// The operations that every short workload of the scenario is spelled with. `Alphabet.standard` by default.
  static func alphabet(of scenario: Scenario) throws(AlphabetError) -> Alphabet

  /// What the store can do, and what its format cannot see. The defaults of `SystemTraits` by default.
  static func traits(for scenario: Scenario) -> SystemTraits

  /// Creates what the store needs on an empty disk, or completes a creation that was cut off. Durable on return.
  static func create(on storage: any Storage, for scenario: Scenario) throws

  /// Opens what is on the disk, recovers, and makes the segments readable. An error is a recovery that failed: the store
  /// must be able to recover from whatever a crash leaves.
  static func open(on storage: any Storage, for scenario: Scenario) throws -> Self

  /// Recovers what is on the disk, as `open` does, and closes again. By default, does nothing.
  static func recover(on storage: any Storage, for scenario: Scenario) throws -> Recovered

  /// The names of the rare states that a recovery can tell of (`Recovered.marks`), at most 64. None by default.
  static var recoveryMarks: [String] { get }

  /// Runs one operation of a workload, except `reopen`, which the harness makes of `close` and `open`. What a store has
  /// nothing for (truncation, for instance) it leaves undone.
  func perform(_ operation: Operation) throws

  /// What the store promises now that `operation` has returned; of a `reopen`, once `close` has. By default every commit
  /// so far, after a commit with flush and whatever else is meant to make commits durable (`Operation.promises`).
  func promise(after operation: Operation) -> Promise

  /// Does one step of background work, if there is any.
  func step() throws

  /// Closes in order; everything that was committed is durable then, unless `promise(after: .reopen)` says otherwise.
  func close() throws

  /// Calls `body` with the bytes of each segment, in the order of the scenario, as the application sees them. An error
  /// after a crash is a recovery that failed.
  func readSegments(_ body: (_ segment: Int, _ bytes: RawSpan) -> Void) throws

  /// Rare states that were reached since the store was opened, with how often. The names are always the same.
  var marks: [String: Int] { get }
}

extension SystemUnderTest {
  public static var options: [SystemOption] { [] }
  public static var sections: [SystemSection] { [] }
  public static func problems(of scenario: Scenario) -> [ScenarioConsistency.Problem] { [] }
  public static func summary(of scenario: Scenario) -> String { scenario.system.name }
  public static func simplifications(of scenario: Scenario) -> [Scenario] { [] }
  public static func alphabet(of scenario: Scenario) throws(AlphabetError) -> Alphabet {
    try Alphabet.standard(scenario)
  }
  public static func traits(for scenario: Scenario) -> SystemTraits { SystemTraits() }
  public static func recover(on storage: any Storage, for scenario: Scenario) throws -> Recovered {
    Recovered()
  }
  public static var recoveryMarks: [String] { [] }
  public func promise(after operation: Operation) -> Promise { operation.promises ? .everyCommit : .nothing }
  public func step() throws {}
  public func close() throws {}
  public var marks: [String: Int] { [:] }

  /// The hash of all segments (see `StateHash`).
  func stateHash() throws -> UInt64 {
    var hash: UInt64 = 0
    try readSegments { segment, bytes in hash ^= StateHash.segment(segment, bytes: bytes) }
    return hash
  }

  /// A copy of all segments; of none, where they cannot be read.
  package func images() -> [[UInt8]] {
    var images: [[UInt8]] = []
    do {
      try readSegments { _, bytes in
        images.append(unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) })
      }
    } catch {
      return []
    }
    return images
  }
}

/// What a recovery that was not followed by an opening came to.
public struct Recovered: Hashable, Sendable {
  /// Whether each segment now is, byte for byte, the file of its name, so that there is no need to open the store to
  /// look at it.
  public var isInFiles: Bool
  /// The rare states that it met: bit n stands for the name at index n of `SystemUnderTest.recoveryMarks`. A number and
  /// not a list, since it is made hundreds of thousands of times a second.
  public var marks: UInt64

  public init(isInFiles: Bool = false, marks: UInt64 = 0) {
    self.isInFiles = isInFiles
    self.marks = marks
  }
}

/// Which commits a crash may not take away any more.
public enum Promise: Hashable, Sendable {
  /// None that was not promised before.
  case nothing
  /// Every commit so far but the last ones, as many as are given: for a store whose commit becomes durable only with
  /// what the next one does.
  case everyCommitBut(last: Int)

  /// Every commit so far.
  public static let everyCommit = Promise.everyCommitBut(last: 0)
}

extension Scenario {
  /// The system that it names; traps where the program has registered none of that name.
  package var systemUnderTest: any SystemUnderTest.Type {
    guard let system = Systems.known[system.name] else {
      fatalError("scenario '\(name)' is of the system '\(system.name)', which nobody registered")
    }
    return system
  }

  /// What its system can do.
  package var traits: SystemTraits { systemUnderTest.traits(for: self) }
}
