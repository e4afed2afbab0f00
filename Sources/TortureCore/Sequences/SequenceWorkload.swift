extension Workload {
  /// The workload that a sequence of letters spells.
  ///
  /// The bytes are fixed by their place: two stores to one byte never store the same value there, nor zero, so that a
  /// recovered state shows which of them it holds. What counts as place is the transaction (by the order in which
  /// transactions with something in them end, the unfinished ones last), the range, and which time in its transaction
  /// the range is stored to. So sequences that differ only in what the rules call exchanged store the same bytes.
  ///
  /// - Precondition: the letters are legal, and at most `Alphabet.boundMax`.
  package init(_ sequence: [Letter], _ alphabet: Alphabet) {
    let numbers = Self.transactionNumbers(sequence, alphabet)
    var begun = -1
    var open: [Int: (number: Int, times: [Int])] = [:]
    self.init(
      operations: sequence.map { letter in
        switch letter {
        case .flush: return .flush
        case .truncateStep: return .truncateStep
        case .reopen: return .reopen
        case .abort(let client): return .abort(client: client)
        case .commit(let client, let flush): return .commit(client: client, flush: flush)
        case .begin(let client):
          begun += 1
          open[client] = (numbers[begun], alphabet.ranges.map { _ in 0 })
          return .begin(client: client, restore: true)
        case .write(let client, let range):
          let transaction = open[client] ?? (0, alphabet.ranges.map { _ in 0 })
          open[client]?.times[range] += 1
          let serial =
            (transaction.number * Alphabet.boundMax + transaction.times[range]) * alphabet.ranges.count
            + range
          return .write(
            client: client, segment: 0, offset: alphabet.ranges[range].lowerBound,
            bytes: alphabet.ranges[range].map { UInt8(1 + (serial + $0) % 255) })
        }
      })
  }

  /// For each begin, in order, the number of its transaction.
  private static func transactionNumbers(_ sequence: [Letter], _ alphabet: Alphabet) -> [Int] {
    var numbers: [Int] = []
    var open: [Int: Int] = [:]
    var written: [Int] = []
    var ended = 0
    for letter in sequence {
      switch letter {
      case .begin(let client):
        open[client] = numbers.count
        numbers.append(0)
      case .write(let client, _):
        if let index = open[client], !written.contains(index) { written.append(index) }
      case .abort(let client), .commit(let client, _):
        guard let index = open.removeValue(forKey: client), written.contains(index) else { continue }
        written.removeAll { $0 == index }
        numbers[index] = ended
        ended += 1
      case .flush, .truncateStep, .reopen: break
      }
    }
    for index in written {
      numbers[index] = ended
      ended += 1
    }
    return numbers
  }
}
