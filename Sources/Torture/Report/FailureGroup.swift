/// Failures that look alike: the same kind of violation or trap, at the same place, with the same stack.
///
/// Ten thousand failures usually have a handful of causes. A group is known by what its failures have in common when
/// all that differs from seed to seed (numbers, offsets, line numbers) is left out.
public struct FailureGroup: Codable, Hashable, Sendable {
  /// One failure of a group.
  public struct Example: Codable, Hashable, Sendable {
    /// The place of its case in the order of the report, and of the finding in the case.
    public var place: Int
    public var ordinal: Int
    public var scenario: String
    public var seed: UInt64
    /// The finding's.
    public var id: String
    /// One sentence that says what is wrong.
    public var summary: String

    static func isBefore(_ left: Example, _ right: Example) -> Bool {
      (left.place, left.ordinal) < (right.place, right.ordinal)
    }
  }

  /// So many failures of a group are named.
  public static let examplesMax = 8

  /// A hash of what the failures have in common, in hexadecimal: the same in every run.
  public var fingerprint: String
  /// `lost-commit`, another kind of violation, or `trap`.
  public var kind: String
  /// Where: what the crash took, or the function that trapped.
  public var place: String
  /// The sync that closes the first of them, in a sentence; nil where none is known.
  public var missing: String?
  /// How many findings.
  public var count: Int
  /// Of these, how many in each scenario.
  public var scenarios: [String: Int]
  /// The first ones, in the order of the report.
  public var examples: [Example]

  /// Both, which are of one group.
  static func + (left: FailureGroup, right: FailureGroup) -> FailureGroup {
    var sum = left
    sum.missing = left.missing ?? right.missing
    sum.count += right.count
    sum.scenarios.merge(right.scenarios, uniquingKeysWith: +)
    let examples = (left.examples + right.examples).sorted(by: Example.isBefore)
    sum.examples = Array(examples.prefix(examplesMax))
    return sum
  }
}

/// What the failures of a group have in common.
struct FailureSignature {
  let kind: String
  let place: String
  let fingerprint: String

  /// Of a stack, so many of the innermost frames count.
  private static let framesMax = 6
  /// Of what a crash took, so many different things count.
  private static let lossesMax = 4

  init(_ finding: Finding) {
    let parts: [String]
    if let trap = finding.trap {
      kind = trap.signal == Trap.timeout ? "hang" : "trap"
      place = Self.normalised(trap.place ?? trap.message ?? trap.signal)
      parts = trap.stack.prefix(Self.framesMax).map(Self.normalised)
    } else {
      let violation = finding.violation
      kind = violation?.kind.rawValue ?? "unknown"
      var places: [String] = []
      for line in finding.crashStory.map(Self.loss) where !places.contains(line) { places.append(line) }
      let depth = finding.crashes.count
      var text = places.sorted().prefix(Self.lossesMax).joined(separator: ", ")
      if places.count > Self.lossesMax { text += ", more" }
      if text.isEmpty { text = finding.crashes.isEmpty ? "without a crash" : "nothing lost" }
      if depth > 1 { text += depth == 2 ? ", in recovery" : ", in recovery \(depth - 1) deep" }
      place = text
      // What the system said when it failed tells one cause from another; the other messages tell of transactions.
      switch violation?.kind {
      case .recoveryFailed, .operationFailed: parts = [Self.normalised(violation?.message ?? "")]
      default: parts = []
      }
    }
    fingerprint = TextHash.digits(TextHash.of(([kind, place] + parts).joined(separator: "\n")))
  }

  /// `lost: bytes 0..<512 of log, by storage operation 3 (write 0..<512 of log) and a later one` is `lost write of log`.
  private static func loss(_ sentence: String) -> String {
    let how = sentence.hasPrefix("torn") ? "torn " : sentence.hasPrefix("lost") ? "lost " : ""
    guard let open = sentence.firstIndex(of: "("), let close = sentence.lastIndex(of: ")"), open < close
    else {
      return normalised(sentence)
    }
    return how + normalised(String(sentence[sentence.index(after: open)..<close]))
  }

  /// Without numbers, and the blanks that they leave.
  static func normalised(_ text: String) -> String {
    var words: [String] = []
    for word in text.utf8.split(separator: UInt8(ascii: " ")) {
      let isAddress = word.starts(with: "0x".utf8)
      let hasDigit = word.contains(where: isDigit)
      let hasLetter = word.contains { ($0 | 0x20) >= UInt8(ascii: "a") }
      if isAddress || (hasDigit && !hasLetter) { continue }
      words.append(hasDigit ? withoutNumbers(word) : String(decoding: word, as: UTF8.self))
    }
    return words.joined(separator: " ")
  }

  /// Each run of digits is `#`; a colon and a number, as behind a file's name, are left out.
  private static func withoutNumbers(_ word: Substring.UTF8View) -> String {
    var bytes: [UInt8] = []
    var isInNumber = false
    for byte in word {
      if isDigit(byte) {
        if !isInNumber {
          if bytes.last == UInt8(ascii: ":") { bytes.removeLast() } else { bytes.append(UInt8(ascii: "#")) }
        }
        isInNumber = true
      } else {
        bytes.append(byte)
        isInNumber = false
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}

/// The groups of a campaign's failures, in the order in which they were first met.
public struct FailureGroups: Codable, Hashable, Sendable {
  private var groups: [String: FailureGroup] = [:]

  /// None yet.
  public init() {}

  /// Adds what was found in a case.
  ///
  /// - Parameter place: of the case in the order of the report.
  public mutating func add(_ result: CaseResult, place: Int) {
    for (ordinal, finding) in result.findings.enumerated() {
      let signature = FailureSignature(finding)
      let example = FailureGroup.Example(
        place: place, ordinal: ordinal, scenario: result.scenario, seed: result.seed, id: finding.id,
        summary: finding.summary)
      let group = FailureGroup(
        fingerprint: signature.fingerprint, kind: signature.kind, place: signature.place, count: 1,
        scenarios: [result.scenario: 1], examples: [example])
      add(group)
    }
  }

  /// Those of both.
  public static func + (left: FailureGroups, right: FailureGroups) -> FailureGroups {
    var sum = left
    for group in right.groups.values { sum.add(group) }
    return sum
  }

  /// With one entry for those of one cause: it goes on under the fingerprint and the place of the first.
  ///
  /// - Parameter causes: of the first failures of groups, by their fingerprints; groups without one stay as they are.
  func joined(by causes: [String: FailureCause]) -> FailureGroups {
    var firsts: [[String]: String] = [:]
    var joined = FailureGroups()
    for group in all {
      var group = group
      if let cause = causes[group.fingerprint] {
        group.missing = cause.sentence.isEmpty ? nil : cause.sentence
        if let first = firsts[cause.key], let known = joined.groups[first] {
          joined.groups[first] = known + group
          continue
        }
        firsts[cause.key] = group.fingerprint
      }
      joined.add(group)
    }
    return joined
  }

  /// How many groups.
  public var count: Int { groups.count }

  /// All of them, the one that was met first comes first.
  public var all: [FailureGroup] {
    groups.values.sorted { left, right in
      guard let first = left.examples.first, let other = right.examples.first else { return false }
      if (first.place, first.ordinal) == (other.place, other.ordinal) {
        return left.fingerprint < right.fingerprint
      }
      return FailureGroup.Example.isBefore(first, other)
    }
  }

  private mutating func add(_ group: FailureGroup) {
    if let known = groups[group.fingerprint] {
      groups[group.fingerprint] = known + group
    } else {
      groups[group.fingerprint] = group
    }
  }

  public init(from decoder: any Decoder) throws {
    var list = try decoder.unkeyedContainer()
    while !list.isAtEnd { add(try list.decode(FailureGroup.self)) }
  }

  public func encode(to encoder: any Encoder) throws {
    var list = encoder.unkeyedContainer()
    for group in all { try list.encode(group) }
  }
}
