/// Every sequence of up to N operations, in a fixed order: by size, and within a size letter by letter. The
/// empty one is the first. Those that a rule leaves out have no place in it.
///
/// How many ways there are to go on depends on the state of the automaton alone, and it has few. So the space is
/// counted exactly without going through it, and the sequence at any index is found in a few look-ups.
package struct SequenceSpace: Sendable {
  package let alphabet: Alphabet
  package let bound: Int
  /// What the sequences of each size came to, from size 0 to `bound`.
  package let counts: [SequenceCounts]
  private let kept: [Key: Int]

  private struct Key: Hashable {
    var state: SequenceState
    var size: Int
  }

  /// - Precondition: `0 <= bound <= Alphabet.boundMax`.
  package init(_ alphabet: Alphabet, bound: Int) {
    precondition(
      (0...Alphabet.boundMax).contains(bound), "sequences of up to \(bound) operations are too many to count")
    self.alphabet = alphabet
    self.bound = bound
    var counter = Counter(alphabet: alphabet)
    counts = (0...bound).map { counter.counts(SequenceState(alphabet), $0) }
    kept = Dictionary(uniqueKeysWithValues: counter.known.map { ($0.key, $0.value.kept) })
  }

  /// How many sequences there are.
  package var count: Int { counts.reduce(0) { $0 + $1.kept } }

  /// The index of the first sequence of `size` operations.
  package func firstIndex(ofSize size: Int) -> Int { counts[..<size].reduce(0) { $0 + $1.kept } }

  /// The sequence at `index`.
  ///
  /// - Precondition: `0 <= index < count`.
  package func sequence(at index: Int) -> [Letter] {
    precondition((0..<count).contains(index), "there is no sequence \(index) among \(count)")
    var rest = index
    var size = 0
    while rest >= counts[size].kept {
      rest -= counts[size].kept
      size += 1
    }
    var state = SequenceState(alphabet)
    var sequence: [Letter] = []
    while sequence.count < size {
      let (letter, next) = descend(from: state, &rest, left: size - sequence.count - 1)
      sequence.append(letter)
      state = next
    }
    return sequence
  }

  /// The letter below which the sequence number `rest` is, and the state after it; `rest` becomes its number there.
  private func descend(
    from state: SequenceState, _ rest: inout Int, left: Int
  ) -> (Letter, SequenceState) {
    for letter in alphabet.letters where state.legality.allows(letter, alphabet) {
      guard state.rule(against: letter, alphabet) == nil else { continue }
      var next = state
      next.append(letter, alphabet)
      let below = kept[Key(state: next, size: left)] ?? 0
      if rest < below { return (letter, next) }
      rest -= below
    }
    fatalError("the counts and the rules of sequences disagree, with \(left) operations left")
  }

  /// Counts by going through the automaton, each state once for each number of letters that are left.
  private struct Counter {
    let alphabet: Alphabet
    var known: [Key: SequenceCounts] = [:]
    private var legal: [LegalKey: Int] = [:]

    private struct LegalKey: Hashable {
      var legality: SequenceLegality
      var size: Int
    }

    init(alphabet: Alphabet) {
      self.alphabet = alphabet
    }

    /// What the continuations of `state` by `size` letters come to.
    mutating func counts(_ state: SequenceState, _ size: Int) -> SequenceCounts {
      let key = Key(state: state, size: size)
      if let counts = known[key] { return counts }
      var counts = SequenceCounts()
      if size == 0 {
        if let rule = state.ruleAtEnd(alphabet) { counts.leave(out: 1, by: rule) } else { counts.kept = 1 }
      } else {
        for letter in alphabet.letters {
          guard state.legality.allows(letter, alphabet) else {
            counts.illegal += strings(size - 1)
            continue
          }
          if let rule = state.rule(against: letter, alphabet) {
            var legality = state.legality
            legality.append(letter, alphabet)
            let below = legalCount(legality, size - 1)
            counts.leave(out: below, by: rule)
            counts.illegal += strings(size - 1) - below
          } else {
            var next = state
            next.append(letter, alphabet)
            counts.add(self.counts(next, size - 1))
          }
        }
      }
      known[key] = counts
      return counts
    }

    /// How many ways there are to go on legally by `size` letters.
    private mutating func legalCount(_ legality: SequenceLegality, _ size: Int) -> Int {
      guard size > 0 else { return 1 }
      let key = LegalKey(legality: legality, size: size)
      if let count = legal[key] { return count }
      var count = 0
      for letter in alphabet.letters where legality.allows(letter, alphabet) {
        var next = legality
        next.append(letter, alphabet)
        count += legalCount(next, size - 1)
      }
      legal[key] = count
      return count
    }

    /// How many strings of `size` letters there are.
    private func strings(_ size: Int) -> Int {
      (0..<size).reduce(1) { count, _ in count * alphabet.letters.count }
    }
  }
}

/// How many sequences of a size are kept, and how many are not, and why. All together are the strings of that many
/// letters.
package struct SequenceCounts: Hashable, Sendable {
  package var kept = 0
  /// Strings with an operation that is not possible where it stands.
  package var illegal = 0
  /// For each rule, in the order of `SequenceRule.allCases`, those that it leaves out: each counts for the rule that
  /// its shortest beginning falls to.
  package private(set) var leftOut = [Int](repeating: 0, count: SequenceRule.allCases.count)

  /// None.
  package init() {}

  package mutating func leave(out count: Int, by rule: SequenceRule) {
    leftOut[SequenceRule.allCases.firstIndex(of: rule) ?? 0] += count
  }

  package mutating func add(_ other: SequenceCounts) {
    kept += other.kept
    illegal += other.illegal
    for index in leftOut.indices { leftOut[index] += other.leftOut[index] }
  }
}
