/// The letters that a scenario's sequences are made of, and what is known of the store that they are for.
///
/// The letters have a fixed order, in which sequences of one size follow one another. What moves to the front where
/// its place makes no difference comes first: flush and truncate step before the ends of transactions, an abort before
/// a commit, a commit with flush before one without, and begin last (see `SequenceRule`).
public struct Alphabet: Hashable, Sendable {
  /// The ranges that a transaction can declare: bytes of the first segment.
  public let ranges: [Range<Int>]
  public let clients: Int
  package let letters: [Letter]
  /// The rules that are true of the store; sequences that only others would leave out are explored.
  package let rules: Set<SequenceRule>
  /// Whether truncation works from the log alone, so that stores to memory do not concern it.
  package let truncatesFromLog: Bool
  /// Whether a record holds its ranges sorted and merged, in whatever order they were declared.
  package let sortsRanges: Bool
  /// The longest record that the store takes, in bytes, and what a range costs of it besides its bytes.
  package let recordBytesMax: Int
  package let bytesPerRange: Int

  /// The largest number of operations that sequences can have: beyond it the counts would not fit in an integer, and
  /// the bytes of two ranges could be equal (see `Workload.init(_:_:)`).
  package static let boundMax = 12
  package static let clientsMax = 2

  /// What a store can do beside begin, set a range, commit with flush, abort, and reopen.
  public enum Extra: Hashable, Sendable, CaseIterable {
    /// A commit that becomes durable later, and a flush that makes it so.
    case commitNoFlush
    /// A step of truncation.
    case truncateStep
  }

  /// An alphabet for the sequences of `scenario`.
  ///
  /// - Parameters:
  ///   - ranges: at least one, each inside the first segment.
  ///   - extras: what else the store can do.
  ///   - rules: those that are true of the store: a rule that is not would leave out what nothing else covers.
  ///   - truncatesFromLog: whether stores to memory do not concern truncation.
  ///   - sortsRanges: whether the order in which a transaction declares ranges that share no byte changes nothing.
  ///   - recordBytesMax: how many bytes the ranges of a transaction may take, where they are not merged.
  ///   - bytesPerRange: what a range takes besides its bytes.
  /// - Throws: where sequences cannot be made of the scenario.
  public init(
    of scenario: Scenario, ranges: [Range<Int>], extras: Set<Extra>, rules: Set<SequenceRule> = [],
    truncatesFromLog: Bool = false, sortsRanges: Bool = false, recordBytesMax: Int = .max,
    bytesPerRange: Int = 0
  ) throws(AlphabetError) {
    try Self.check(scenario, ranges)
    self.ranges = ranges
    clients = scenario.workload.clients
    var letters: [Letter] = extras.contains(.commitNoFlush) ? [.flush] : []
    if extras.contains(.truncateStep) { letters.append(.truncateStep) }
    letters.append(.reopen)
    letters += (0..<clients).map { .abort(client: $0) }
    for flush in [true, false] where flush || extras.contains(.commitNoFlush) {
      letters += (0..<clients).map { .commit(client: $0, flush: flush) }
    }
    for client in 0..<clients {
      letters += ranges.indices.map { .write(client: client, range: $0) }
    }
    letters += (0..<clients).map { .begin(client: $0) }
    self.letters = letters
    self.rules = rules
    self.truncatesFromLog = truncatesFromLog
    self.sortsRanges = sortsRanges
    self.recordBytesMax = recordBytesMax
    self.bytesPerRange = bytesPerRange
  }

  /// The alphabet of a store of which nothing more is known than its traits: no rule leaves anything out.
  ///
  /// With s for the length of the disk's sectors, its three ranges are: one inside the first sector of the segment; one
  /// of 2s bytes that crosses two sector borders; and one that overlaps the first.
  public static func standard(_ scenario: Scenario) throws(AlphabetError) -> Alphabet {
    try Alphabet(
      of: scenario, ranges: ranges(sector: scenario.disk.sector),
      extras: scenario.traits.commitsWithoutFlush ? [.commitNoFlush] : [])
  }

  /// The three ranges for sectors of `sector` bytes; they take four of them.
  public static func ranges(sector: Int) -> [Range<Int>] {
    [sector / 8..<sector / 16 * 5, sector / 2 * 3..<sector / 2 * 7, sector / 4..<sector / 2]
  }

  /// Whether two ranges have a byte in common.
  package func overlap(_ first: Int, _ second: Int) -> Bool { ranges[first].overlaps(ranges[second]) }

  private static func check(_ scenario: Scenario, _ ranges: [Range<Int>]) throws(AlphabetError) {
    guard scenario.workload.kind == .bytes else {
      throw AlphabetError(
        scenario,
        "workload.kind is \(scenario.workload.kind.rawValue), whose invariant the fixed bytes would break; "
          + "set it to bytes")
    }
    guard (1...clientsMax).contains(scenario.workload.clients) else {
      throw AlphabetError(
        scenario,
        "workload.clients is \(scenario.workload.clients); set it to a number from 1 to \(clientsMax)")
    }
    guard scenario.crash.points == .every else {
      throw AlphabetError(
        scenario, "crash.points is not every; set it so, since each crash point is met in one sequence only")
    }
    let needed = ranges.map(\.upperBound).max() ?? 0
    guard let segment = scenario.segments.first, segment.length >= needed else {
      throw AlphabetError(
        scenario, "its first segment is shorter than the \(needed) bytes that the ranges take; make it longer"
      )
    }
  }
}

/// Sequences that cannot be made of a scenario: wrong use.
public struct AlphabetError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, and what to do.
  public let description: String

  /// An error that says `what` of the scenario.
  public init(_ scenario: Scenario, _ what: String) {
    description = "the scenario '\(scenario.name)' cannot be the base of short workloads: \(what)"
  }
}
