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
        && recordBytes[client] + Self.recordCost(range, alphabet) <= alphabet.recordBytesMax
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
    alphabet.sortsRanges ? 0 : 32 + alphabet.ranges[range].count
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

  /// The rule that leaves out the sequences which go on with `letter`; nil where none does.
  ///
  /// - Precondition: the letter is legal, and no rule left out what was before it.
  func rule(against letter: Letter, _ alphabet: Alphabet) -> SequenceRule? {
    switch last {
    case .begin(let client, _) where !letter.continues(client): return .earlyBegin
    case .emptyTransaction where letter != .reopen: return .emptyTransaction
    case .commitNoFlush where letter == .flush || letter == .reopen: return .splitCommit
    default: break
    }
    switch letter {
    case .begin(let client):
      return (0..<client).allSatisfy(legality.isOpen) ? nil : .exchangedClients
    case .abort(let client) where legality.isEmpty(client, alphabet):
      return last == .begin(client: client, mayWriteStatus: true) ? nil : .emptyTransaction
    case .commit(let client, _) where legality.isEmpty(client, alphabet):
      return .emptyTransaction
    case .flush where !isSpooled: return .idleFlush
    case .flush where last == .write: return .lateFlush
    case .truncateStep where !lifeHasCommitted: return .idleTruncation
    case .truncateStep where last == .write && alphabet.truncatesFromLog: return .lateFlush
    case .reopen where generation == .none: return .idleReopen
    case .write(let client, let range):
      return exchanged & SequenceLegality.bit(client, range, alphabet) == 0 ? nil : .exchangedRanges
    default: return nil
    }
  }

  /// The rule that leaves out the sequence that ends here; nil where none does.
  var ruleAtEnd: SequenceRule? {
    switch last {
    case .write, .emptyTransaction, .begin(_, mayWriteStatus: false): .unseenEnd
    case .begin, .commitNoFlush, .other: nil
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
