/// Which operations are possible after some operations: what `Workload.problem` asks for, and that transactions which
/// are open at the same time have no byte in common, and that a record fits in the log.
struct SequenceLegality: Hashable {
  /// A bit for each client with a transaction open.
  private(set) var open: UInt32 = 0
  /// A bit for each write letter that the client's open transaction has.
  private var written: UInt32 = 0
  /// The bytes of the record of each client's open transaction; 0 where they are bounded anyway.
  private var recordBytes: [Int]

  init(_ alphabet: Alphabet) {
    recordBytes = Array(repeating: 0, count: alphabet.clients)
  }

  func allows(_ letter: Letter, _ alphabet: Alphabet) -> Bool {
    switch letter {
    case .flush, .truncateStep: true
    case .reopen: open == 0
    case .abort(let client), .commit(let client, _): isOpen(client)
    case .begin(let client): !isOpen(client)
    case .write(let client, let range):
      isOpen(client)
        && Self.recordCost(range, alphabet) <= alphabet.recordBytesMax - recordBytes[client]
        && !(0..<alphabet.clients).contains { other in
          other != client
            && alphabet.ranges.indices.contains { has(other, $0, alphabet) && alphabet.overlap($0, range) }
        }
    }
  }

  mutating func append(_ letter: Letter, _ alphabet: Alphabet) {
    switch letter {
    case .flush, .truncateStep, .reopen: break
    case .begin(let client): open |= 1 << UInt32(client)
    case .abort(let client), .commit(let client, _):
      open &= ~(1 << UInt32(client))
      for range in alphabet.ranges.indices { written &= ~Self.bit(client, range, alphabet) }
      recordBytes[client] = 0
    case .write(let client, let range):
      written |= Self.bit(client, range, alphabet)
      recordBytes[client] += Self.recordCost(range, alphabet)
    }
  }

  func isOpen(_ client: Int) -> Bool { open & 1 << UInt32(client) != 0 }

  /// Whether the client's open transaction has no range yet.
  func isEmpty(_ client: Int, _ alphabet: Alphabet) -> Bool {
    !alphabet.ranges.indices.contains { has(client, $0, alphabet) }
  }

  private func has(_ client: Int, _ range: Int, _ alphabet: Alphabet) -> Bool {
    written & Self.bit(client, range, alphabet) != 0
  }

  /// The bit of a write letter.
  static func bit(_ client: Int, _ range: Int, _ alphabet: Alphabet) -> UInt32 {
    1 << UInt32(client * alphabet.ranges.count + range)
  }

  /// What a range adds to its record. Merged ranges are never more than all of them once, which fits in any log.
  private static func recordCost(_ range: Int, _ alphabet: Alphabet) -> Int {
    alphabet.sortsRanges ? 0 : alphabet.bytesPerRange + alphabet.ranges[range].count
  }
}

/// What the rules need to know of the operations so far: a finite automaton that reads a sequence letter by letter.
struct SequenceState: Hashable {
  private enum Last: Hashable {
    case begin(client: Int, mayWriteStatus: Bool)
    case write
    case emptyTransaction
    case commitNoFlush
    case other
  }

  /// Whether the store has begun a generation of its own since it was opened; otherwise its first begin does.
  private enum Generation: Hashable {
    case own, none, unknown
  }

  private(set) var legality: SequenceLegality
  private var last = Last.other
  /// A bit for each write letter that would be the later one of two exchanged stores: it could have come before what
  /// it follows, and before something greater in that.
  private var exchanged: UInt32 = 0
  /// Mapping the segments for the first time writes the status block, so that the first life has its own.
  private var generation = Generation.own
  /// Whether a transaction with something in it has committed since the store was opened.
  private var lifeHasCommitted = false
  /// Whether truncation may have emptied the log since the last commit.
  private var isTruncated = false
  /// Whether a commit may wait for a flush.
  private var isSpooled = false

  /// Before the first letter.
  init(_ alphabet: Alphabet) {
    legality = SequenceLegality(alphabet)
  }

  /// The rule that leaves out the sequences which go on with `letter`; nil where none of the alphabet's does.
  ///
  /// - Precondition: the letter is legal, and no rule left out what was before it.
  func rule(against letter: Letter, _ alphabet: Alphabet) -> SequenceRule? {
    Self.precedence.first { alphabet.rules.contains($0) && applies($0, to: letter, alphabet) }
  }

  /// Where several rules leave a sequence out, the first of these is said to.
  private static let precedence: [SequenceRule] = [
    .earlyBegin, .emptyTransaction, .splitCommit, .exchangedClients, .idleFlush, .idleTruncation, .lateFlush,
    .idleReopen, .exchangedRanges,
  ]

  private func applies(_ rule: SequenceRule, to letter: Letter, _ alphabet: Alphabet) -> Bool {
    switch rule {
    case .earlyBegin:
      if case .begin(let client, _) = last { return !letter.continues(client) }
      return false
    case .emptyTransaction:
      if last == .emptyTransaction && letter != .reopen { return true }
      switch letter {
      case .abort(let client) where legality.isEmpty(client, alphabet):
        return last != .begin(client: client, mayWriteStatus: true)
      case .commit(let client, _): return legality.isEmpty(client, alphabet)
      default: return false
      }
    case .splitCommit: return last == .commitNoFlush && (letter == .flush || letter == .reopen)
    case .exchangedClients:
      if case .begin(let client) = letter { return !(0..<client).allSatisfy(legality.isOpen) }
      return false
    case .idleFlush: return letter == .flush && !isSpooled
    case .lateFlush:
      return last == .write
        && (letter == .flush || letter == .truncateStep && alphabet.truncatesFromLog)
    case .idleTruncation: return letter == .truncateStep && !lifeHasCommitted
    case .idleReopen: return letter == .reopen && generation == .none
    case .exchangedRanges:
      if case .write(let client, let range) = letter {
        return exchanged & SequenceLegality.bit(client, range, alphabet) != 0
      }
      return false
    case .unseenEnd: return false
    }
  }

  /// The rule that leaves out the sequence that ends here; nil where none does.
  func ruleAtEnd(_ alphabet: Alphabet) -> SequenceRule? {
    guard alphabet.rules.contains(.unseenEnd) else { return nil }
    switch last {
    case .write, .emptyTransaction, .begin(_, mayWriteStatus: false): return .unseenEnd
    case .begin, .commitNoFlush, .other: return nil
    }
  }

  mutating func append(_ letter: Letter, _ alphabet: Alphabet) {
    let isEmpty =
      switch letter {
      case .abort(let client), .commit(let client, _): legality.isEmpty(client, alphabet)
      default: false
      }
    legality.append(letter, alphabet)
    followStores(letter, alphabet)
    last = .other
    switch letter {
    case .begin(let client):
      last = .begin(client: client, mayWriteStatus: generation != .own)
      generation = .own
    case .write: last = .write
    case .abort: if isEmpty { last = .emptyTransaction }
    case .commit(_, let flush):
      lifeHasCommitted = true
      isTruncated = false
      isSpooled = !flush
      if !flush { last = .commitNoFlush }
    case .flush: isSpooled = false
    case .truncateStep: isTruncated = true
    case .reopen:
      generation = !lifeHasCommitted ? .none : isTruncated ? .unknown : .own
      lifeHasCommitted = false
      isTruncated = false
      isSpooled = false
    }
  }

  /// Keeps `exchanged` up to date: the automaton of lexicographic normal forms in a trace monoid (Anisimov and Knuth,
  /// "Inhomogeneous sorting", 1979). A letter is forbidden from then on as long as it commutes with all that comes
  /// after a greater one that it commutes with. Begins are greater than all stores, and commute with those of
  /// other clients.
  private mutating func followStores(_ letter: Letter, _ alphabet: Alphabet) {
    var next: UInt32 = 0
    for candidate in alphabet.letters {
      guard case .write(let client, let range) = candidate else { continue }
      let bit = SequenceLegality.bit(client, range, alphabet)
      let commutes: Bool
      let isSmaller: Bool
      switch letter {
      case .begin(let other):
        commutes = client != other
        isSmaller = true
      case .write(let other, let otherRange):
        commutes = client != other || alphabet.sortsRanges && !alphabet.overlap(range, otherRange)
        isSmaller = (client, range) < (other, otherRange)
      case .flush, .truncateStep, .reopen, .abort, .commit: continue
      }
      if commutes && (isSmaller || exchanged & bit != 0) { next |= bit }
    }
    exchanged = next
  }
}

extension Letter {
  /// Whether it belongs to the client's transaction.
  fileprivate func continues(_ client: Int) -> Bool {
    switch self {
    case .write(let own, _), .abort(let own), .commit(let own, _): own == client
    case .flush, .truncateStep, .reopen, .begin: false
    }
  }
}
