/// One operation of a sequence: a letter of the alphabet that exhaustive workloads are spelled with.
enum Letter: Hashable, Sendable {
  case flush
  case truncateStep
  case reopen
  case abort(client: Int)
  case commit(client: Int, flush: Bool)
  /// Declares and stores the range with that number in `Alphabet.ranges`.
  case write(client: Int, range: Int)
  case begin(client: Int)
}

extension Letter: CustomStringConvertible {
  var description: String {
    switch self {
    case .flush: "flush"
    case .truncateStep: "truncate step"
    case .reopen: "reopen"
    case .abort(let client): "abort\(Self.name(client))"
    case .commit(let client, let flush): (flush ? "commit flush" : "commit no-flush") + Self.name(client)
    case .write(let client, let range): "set range \(range)\(Self.name(client))"
    case .begin(let client): "begin\(Self.name(client))"
    }
  }

  /// Clients are numbered from 0; the first needs no number.
  private static func name(_ client: Int) -> String { client == 0 ? "" : " by client \(client)" }
}

/// The letters that a scenario's sequences are made of, and what the scenario says about them.
///
/// The letters have a fixed order, in which sequences of one size follow one another. What moves to the front where
/// its place makes no difference comes first: flush and truncate step before the ends of transactions, an abort before
/// a commit, a commit with flush before one without, and begin last (see `SequenceRule`).
struct Alphabet: Hashable, Sendable {
  /// The ranges that a transaction can declare: bytes of the first segment.
  let ranges: [Range<Int>]
  let clients: Int
  let letters: [Letter]
  /// Whether truncation works from the log alone, so that stores to memory do not concern it.
  let truncatesFromLog: Bool
  /// Whether a record holds its ranges sorted and merged, in whatever order they were declared.
  let sortsRanges: Bool
  /// The longest record that the log takes, in bytes.
  let recordBytesMax: Int

  /// The largest number of operations that sequences can have: beyond it the counts would not fit in an integer, and
  /// the bytes of two ranges could be equal (see `Workload.init(_:_:)`).
  static let boundMax = 12
  static let clientsMax = 2

  /// The letters of `scenario`.
  ///
  /// With s for the length of a sector of its log, the three ranges are: one inside the first sector of the segment;
  /// one of 2s bytes that crosses two sector borders, takes most of a log of four sectors, and makes the next one wrap
  /// around; and one that overlaps the first.
  init(_ scenario: Scenario) throws(ExhaustError) {
    try Self.check(scenario)
    let sector = scenario.log.sector
    ranges = [
      sector / 8..<sector / 16 * 5,
      sector / 2 * 3..<sector / 2 * 7,
      sector / 4..<sector / 2,
    ]
    clients = scenario.workload.clients
    var letters: [Letter] = [.flush, .truncateStep, .reopen]
    letters += (0..<clients).map { .abort(client: $0) }
    for flush in [true, false] {
      letters += (0..<clients).map { .commit(client: $0, flush: flush) }
    }
    for client in 0..<clients {
      letters += ranges.indices.map { .write(client: client, range: $0) }
    }
    letters += (0..<clients).map { .begin(client: $0) }
    self.letters = letters
    truncatesFromLog = scenario.system.truncation == .epoch
    sortsRanges = scenario.system.optimizations
    recordBytesMax = scenario.log.recordSectors * (sector - 24)
  }

  /// Whether two ranges have a byte in common.
  func overlap(_ first: Int, _ second: Int) -> Bool { ranges[first].overlaps(ranges[second]) }

  private static func check(_ scenario: Scenario) throws(ExhaustError) {
    func refuse(_ what: String) -> ExhaustError {
      ExhaustError("the scenario '\(scenario.name)' cannot be the base of exhaustive workloads: \(what)")
    }
    guard scenario.isOfLRVM else {
      throw refuse(
        "system.name is \(scenario.system.name); set it to \(Systems.lrvm), by whose log the sequences are sorted out"
      )
    }
    guard scenario.workload.kind == .bytes else {
      throw refuse(
        "workload.kind is \(scenario.workload.kind.rawValue), whose invariant the fixed bytes would break; "
          + "set it to bytes")
    }
    guard (1...clientsMax).contains(scenario.workload.clients) else {
      throw refuse(
        "workload.clients is \(scenario.workload.clients); set it to a number from 1 to \(clientsMax)")
    }
    guard scenario.system.truncationStepsPerOperation == 0 else {
      throw refuse(
        "system.truncation_steps_per_operation is \(scenario.system.truncationStepsPerOperation); set it to 0, "
          + "since truncation steps are operations of the sequences themselves")
    }
    guard scenario.crash.points == .every else {
      throw refuse("crash.points is not every; set it so, since each crash point is met in one sequence only")
    }
    let needed = scenario.log.sector * 4
    guard let segment = scenario.segments.first, segment.length >= needed else {
      throw refuse(
        "its first segment is shorter than \(needed) bytes, four sectors of the log; make it longer")
    }
  }
}

/// Exhaustive workloads that cannot be made, or an earlier run of them that cannot be gone on with: wrong use.
public struct ExhaustError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, and what to do.
  public var description: String

  init(_ description: String) {
    self.description = description
  }
}
