/// Says what is wrong with a state that is none of the legal ones.
///
/// First the state may be that of a prefix which is not legal: too short, and a promised commit is lost, or too
/// long. Otherwise it is held against the nearest legal prefix, the one from which the fewest bytes differ. The
/// bytes of each commit that no later one covers tell whether it is there, missing, or torn; bytes that differ and
/// are what an uncommitted transaction stored tell that this one came back.
struct Diagnosis {
  let oracle: Oracle
  let found: [[UInt8]]
  let promised: Int
  let attempted: Int
  /// How many were ever called; those from `attempted` on, an opening has shown not to be there.
  let called: Int

  private var commits: [WorkloadTransaction] { oracle.ledger.commits }

  func verdict() -> Verdict {
    let differences = differencesByPrefix()
    if let legal = (promised...attempted).last(where: { differences[$0] == 0 }) {
      return .consistent(prefix: legal)
    }
    let nearest = nearestLegalPrefix(differences)
    let comparison = Comparison(expected: oracle.images(prefix: nearest), found: found)
    if let short = differences[..<promised].lastIndex(of: 0) {
      let why = "was promised durable and is missing: the state is the one after \(name(short))"
      return .violation(loss(short, comparison, nearest, why))
    }
    if let long = differences[(attempted + 1)...].firstIndex(of: 0) {
      let why = "the state is the one after commit \(long)"
      return .violation(resurrection(commits[attempted], comparison, nearest, why))
    }
    return .violation(explain(comparison, nearest))
  }

  private func name(_ prefix: Int) -> String {
    prefix == 0 ? "no commit at all" : "commit \(prefix)"
  }

  // MARK: - The nearest prefix

  /// How many bytes of the state differ from prefix k, at index k. One pass: each commit changes the count only by
  /// the bytes that it writes.
  private func differencesByPrefix() -> [Int] {
    var state = oracle.images(prefix: 0)
    var count = 0
    for (segment, image) in found.enumerated() {
      for offset in image.indices where image[offset] != state[segment][offset] { count += 1 }
    }
    var counts = [count]
    for commit in commits {
      for write in commit.writes {
        for (index, byte) in write.bytes.enumerated() {
          let offset = write.offset + index
          let wanted = found[write.segment][offset]
          if state[write.segment][offset] != wanted { count -= 1 }
          if byte != wanted { count += 1 }
          state[write.segment][offset] = byte
        }
      }
      counts.append(count)
    }
    return counts
  }

  private func nearestLegalPrefix(_ differences: [Int]) -> Int {
    var nearest = promised
    for prefix in promised...attempted where differences[prefix] <= differences[nearest] {
      nearest = prefix
    }
    return nearest
  }

  // MARK: - Explaining the rest

  private func explain(_ comparison: Comparison, _ nearest: Int) -> Violation {
    let strangers = oracle.ledger.uncommitted + commits[attempted...]
    var best: (transaction: WorkloadTransaction, bytes: Int)?
    for stranger in strangers {
      let bytes = comparison.bytesExplained(by: stranger)
      if bytes > best?.bytes ?? 0 { best = (stranger, bytes) }
    }
    if let best, best.bytes == comparison.count {
      return resurrection(
        best.transaction, comparison, nearest, "all \(best.bytes) differing bytes are its own")
    }

    let traces = CommitTraces(commits: commits[..<attempted], found: found)
    for (index, trace) in traces.commits.enumerated() where trace.present > 0 && trace.old > 0 {
      let transaction = commits[index]
      return violation(
        .tornTransaction,
        "\(title(transaction)) (commit \(index + 1)) is torn: of its bytes that no later commit covers, "
          + "\(trace.present) are there and \(trace.old) are older.",
        transaction, comparison, nearest)
    }
    let lastPresent = traces.commits.lastIndex { $0.present > 0 } ?? -1
    for (index, trace) in traces.commits.enumerated() where trace.present == 0 && trace.old > 0 {
      if index < promised || index < lastPresent {
        let why =
          index < promised
          ? "was promised durable and is missing"
          : "is missing although commit \(lastPresent + 1), which came later, is there"
        return loss(index, comparison, nearest, why)
      }
    }
    if let best, best.bytes * 2 >= comparison.count {
      return resurrection(
        best.transaction, comparison, nearest,
        "\(best.bytes) of the \(comparison.count) differing bytes are its own")
    }
    return violation(
      .unexplained,
      "The transactions do not explain the state: \(comparison.count) bytes differ from the nearest legal "
        + "state.", nil, comparison, nearest)
  }

  private func title(_ transaction: WorkloadTransaction) -> String { "Transaction \(transaction.number)" }

  private func loss(_ index: Int, _ comparison: Comparison, _ nearest: Int, _ why: String) -> Violation {
    violation(
      .lostCommit, "\(title(commits[index])) (commit \(index + 1)) \(why).", commits[index], comparison,
      nearest)
  }

  private func resurrection(
    _ transaction: WorkloadTransaction, _ comparison: Comparison, _ nearest: Int, _ why: String
  ) -> Violation {
    let end =
      switch transaction.ending {
      case .commit:
        commits.prefix(called).contains { $0.number == transaction.number }
          ? "was missing when the store was opened earlier" : "had not tried to commit"
      case .abort: "was aborted"
      case .drop: "was dropped"
      case .none: "never ended"
      }
    return violation(
      .resurrected, "\(title(transaction)) \(end), and its data is there: \(why).", transaction, comparison,
      nearest)
  }

  /// Completes a violation with the first difference; one in the transaction's own ranges where there is one.
  private func violation(
    _ kind: Violation.Kind, _ sentence: String, _ transaction: WorkloadTransaction?, _ comparison: Comparison,
    _ nearest: Int
  ) -> Violation {
    guard let place = comparison.firstDifference(in: transaction) else {
      return Violation(kind, sentence, transaction: transaction?.number)
    }
    let expected = Hexadecimal.text(comparison.excerpt(of: comparison.expected, at: place))
    let found = Hexadecimal.text(comparison.excerpt(of: comparison.found, at: place))
    let difference =
      "Held against the state after \(name(nearest)), the first difference is in "
      + "'\(oracle.segments[place.segment].name)' at byte \(place.offset): expected \(expected), found \(found)."
    return Violation(
      kind, "\(sentence) \(difference)", transaction: transaction?.number, segment: place.segment,
      offset: place.offset, expected: expected, found: found)
  }
}
