public import FaultFS

/// What goes wrong on the disk while the system under test runs, apart from power cuts.
public struct FaultOptions: Hashable, Sendable, Codable {
  /// What the application does after a call that failed, which a fault explains.
  public enum AfterError: String, Hashable, Sendable, Codable, CaseIterable {
    /// It drops the store and opens it again.
    case reopen
    /// It makes the call again on the same store.
    case retry
    /// It goes on with other calls on the same store.
    case goOn = "go-on"
  }

  /// No faults.
  public static let none = FaultOptions(
    kinds: [], placement: .once, file: "*", offset: 0, length: 0, sticky: false, creation: true,
    afterError: .reopen,
    pairsMax: 0, pointsPerRun: 6, recoveriesMax: 4)

  /// Those of a scenario that names none: the call fails or is cut short, and the store gets an error where it matters; or its process is killed. Under
  /// silent faults a store without checksums could owe nothing.
  public static let kindsDefault: [Fault.Kind] = [
    .writeError, .shortWrite, .noSpace, .readError, .syncError, .interrupted, .openError, .renameError,
    .removeError, .kill,
  ]

  /// Which faults; none where empty.
  public var kinds: [Fault.Kind]
  public var placement: FaultPlacement
  /// The names of the files that are struck, as a pattern.
  public var file: String
  /// Where in a file reads and writes are struck: from this byte on.
  public var offset: Int
  /// For that many bytes; 0 for all that follow.
  public var length: Int
  /// Whether a fault strikes again, at every later call that it can.
  public var sticky: Bool
  /// Whether the calls that create the store are struck as well.
  public var creation: Bool
  public var afterError: AfterError
  /// How many runs with two faults follow those with one, where each call is struck in turn.
  public var pairsMax: Int
  /// At how many operations of a run with faults, from the first strike on, power is cut.
  public var pointsPerRun: Int
  /// At how many crash points of the run without faults the recovery is struck, call after call.
  public var recoveriesMax: Int

  enum CodingKeys: String, CodingKey {
    case kinds, placement, file, offset, length, sticky, creation
    case afterError = "after_error"
    case pairsMax = "pairs_max"
    case pointsPerRun = "points_per_run"
    case recoveriesMax = "recoveries_max"
  }

  /// Leaves out the kinds that make no sense on the disk.
  mutating func keepKinds(of disk: DiskOptions) {
    kinds = kinds.filter { fault($0, at: .call(1), seed: 0).flaw(on: disk.model) == nil }
  }

  /// Leaves out the kinds that make no sense where clients are threads.
  mutating func keepKinds(of threads: ThreadOptions) {
    if threads.count == 0 { return }
    kinds.removeAll { threads.schedules == .every || $0 == .kill }
  }

  /// Whether the run without faults is crashed as well.
  package var isBesidePlainRun: Bool { kinds.isEmpty || placement == .once }

  /// A fault of this kind, placed at `placement`, with what else the options say.
  package func fault(_ kind: Fault.Kind, at placement: Fault.Placement, seed: UInt64) -> Fault {
    let strikesBytes = kind.calls.contains { $0 == .read || $0 == .write }
    let isWhole = offset == 0 && length == 0
    let end = length == 0 ? Int.max : offset + length
    return Fault(
      kind, file: file, bytes: isWhole || !strikesBytes ? nil : offset..<end, at: placement,
      isSticky: sticky, seed: seed)
  }
}

extension FaultOptions {
  public init(from decoder: any Decoder) throws {
    if try decoder.word(of: "none") != nil {
      self = .none
      return
    }
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      kinds: try fields.decode([Fault.Kind].self, forKey: .kinds),
      placement: try fields.decode(FaultPlacement.self, forKey: .placement),
      file: try fields.decode(String.self, forKey: .file),
      offset: try fields.decode(Int.self, forKey: .offset),
      length: try fields.decode(Int.self, forKey: .length),
      sticky: try fields.decode(Bool.self, forKey: .sticky),
      creation: try fields.decode(Bool.self, forKey: .creation),
      afterError: try fields.decode(AfterError.self, forKey: .afterError),
      pairsMax: try fields.decode(Int.self, forKey: .pairsMax),
      pointsPerRun: try fields.decode(Int.self, forKey: .pointsPerRun),
      recoveriesMax: try fields.decode(Int.self, forKey: .recoveriesMax))
  }
}

/// Which calls of a run are struck. In a file: `once`, `every`, `{call: 3}`, `{rate: 0.01}` or `{swarm: 0.02}`.
public enum FaultPlacement: Hashable, Sendable, Codable {
  /// One that the seed draws, in one run for each kind; the run without faults is crashed as well.
  case once
  /// The first call, in the next run the second, and so on, until a run ends that no fault struck; one kind after
  /// the other.
  case every
  /// The call of this number, counted from 1 among those that the kind can strike; one kind after the other.
  case call(Int)
  /// Each call with this probability, all kinds at a time.
  case rate(Double)
  /// A random part of the kinds for each seed, each at a random rate up to this one, so that frequent faults do not
  /// hide what rare ones would bring to light.
  case swarm(Double)

  enum CodingKeys: String, CodingKey {
    case call, rate, swarm
  }

  public init(from decoder: any Decoder) throws {
    if let word = try decoder.word(of: "once", "every") {
      self = word == "once" ? .once : .every
      return
    }
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if let call = try container.decodeIfPresent(Int.self, forKey: .call) {
      self = .call(call)
    } else if let rate = try container.decodeIfPresent(Double.self, forKey: .rate) {
      self = .rate(rate)
    } else {
      self = .swarm(try container.decode(Double.self, forKey: .swarm))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .once: return try encoder.encodeWord("once")
    case .every: return try encoder.encodeWord("every")
    case .call, .rate, .swarm: break
    }
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .once, .every: break
    case .call(let number): try container.encode(number, forKey: .call)
    case .rate(let rate): try container.encode(rate, forKey: .rate)
    case .swarm(let rate): try container.encode(rate, forKey: .swarm)
    }
  }
}

extension ScenarioConsistency {
  /// Faults that make no sense on the disk, with one another, or with who makes the calls.
  static func faultProblems(_ scenario: Scenario) -> [Problem] {
    let faults = scenario.faults
    if faults.kinds.isEmpty { return [] }
    var problems: [Problem] = []
    func refuse(_ key: String, _ message: String) {
      problems.append(Problem(path: "faults.\(key)", message: "faults.\(key): \(message)"))
    }
    let who =
      !scenario.hasWorkload
      ? "a program is under test" : scenario.threads.count > 0 ? "the scenario has threads" : nil
    for (index, kind) in faults.kinds.enumerated() {
      if let flaw = faults.fault(kind, at: .call(1), seed: 0).flaw(on: scenario.disk.model) {
        refuse("kinds[\(index)]", flaw)
      } else if kind == .kill, let who {
        refuse("kinds[\(index)]", "expected another kind than kill, since \(who)")
      }
    }
    if scenario.threads.count > 0 && scenario.threads.schedules == .every {
      refuse("kinds", "expected none, since every schedule of the threads is run")
    }
    let ways: [FaultOptions.AfterError] =
      !scenario.hasWorkload ? [.reopen] : who == nil ? FaultOptions.AfterError.allCases : [.reopen, .goOn]
    if let who, !ways.contains(faults.afterError) {
      let names = ways.map(\.rawValue).joined(separator: " or ")
      refuse("after_error", "expected \(names), since \(who), found \(faults.afterError.rawValue)")
    }
    if faults.pairsMax > 0 && faults.placement != .every {
      refuse("pairs_max", "expected 0 unless placement is every, found \(faults.pairsMax)")
    }
    if !faults.kinds.contains(where: { $0.calls.contains { $0 == .read || $0 == .write } }) {
      for (key, value) in [("offset", faults.offset), ("length", faults.length)] where value != 0 {
        refuse(key, "expected 0, since none of the kinds strikes reads or writes, found \(value)")
      }
    }
    return problems
  }
}
