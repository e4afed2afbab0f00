internal import TextFiles

/// Judges recovered states.
///
/// The model: commits are ordered by their calls. A recovered state is legal if it is the one after the first k
/// commits, for some k that is neither less than what was promised durable at the crash nor more than what was
/// attempted by then. So a flushed commit is never lost, a commit without flush is there whole or not at all and
/// never without those before it, and nothing of an aborted or unfinished transaction is there.
///
/// A state is known by its hash: those of all prefixes are computed once, block by block as the commits change
/// them. Only where no legal prefix has the state's hash are the images themselves rebuilt and compared, to say
/// what is wrong. Two different states have one hash with a probability of about 2⁻⁶⁴, and then a violation would
/// go unseen.
///
/// A value of this type never changes, so any number of threads may use it.
public struct Oracle: Sendable {
  /// The segments, which start as zeros.
  public let segments: [SegmentOptions]
  public let ledger: TransactionLedger
  /// The hash of the state after the first k commits, at index k.
  public let prefixHashes: [UInt64]

  public init(segments: [SegmentOptions], ledger: TransactionLedger) {
    self.segments = segments
    self.ledger = ledger
    prefixHashes = Self.prefixHashes(segments, ledger.commits)
  }

  /// Judges by what is shown of a state, as a text: `outputs[k]` after the first k commits.
  init(outputs: [String]) {
    segments = []
    ledger = TransactionLedger([])
    prefixHashes = outputs.map(TextHash.of)
  }

  /// How many commits there are.
  public var commits: Int { prefixHashes.count - 1 }

  /// The longest legal prefix whose state has the hash `hash` (see `StateHash`), or nil: then `judge` says why.
  /// Allocates nothing.
  ///
  /// - Precondition: `0 <= promised <= attempted <= commits`.
  public func prefix(of hash: UInt64, promised: Int, attempted: Int) -> Int? {
    checkBounds(promised, attempted)
    var prefix = attempted
    while prefix >= promised {
      if prefixHashes[prefix] == hash { return prefix }
      prefix -= 1
    }
    return nil
  }

  /// The verdict on the state whose segments are `images`, in the order of the scenario.
  ///
  /// - Parameter called: how many commits were ever called, where an opening has since shown fewer: what is said of
  ///   those between is another thing then. Nil where none has.
  /// - Precondition: `0 <= promised <= attempted <= commits`.
  public func judge(_ images: [[UInt8]], promised: Int, attempted: Int, called: Int? = nil) -> Verdict {
    checkBounds(promised, attempted)
    guard images.map(\.count) == segments.map(\.length) else {
      return .violation(
        Violation(
          .unexplained,
          "The segments are \(images.map(\.count)) bytes long; \(segments.map(\.length)) were expected."))
    }
    if let prefix = prefix(of: StateHash.state(images), promised: promised, attempted: attempted) {
      return .consistent(prefix: prefix)
    }
    return Diagnosis(
      oracle: self, found: images, promised: promised, attempted: attempted, called: called ?? attempted
    ).verdict()
  }

  /// The segments' bytes after the first `prefix` commits.
  public func images(prefix: Int) -> [[UInt8]] {
    var images = segments.map { [UInt8](repeating: 0, count: $0.length) }
    for commit in ledger.commits[..<prefix] {
      for write in commit.writes {
        images[write.segment].replaceSubrange(write.range, with: write.bytes)
      }
    }
    return images
  }

  private func checkBounds(_ promised: Int, _ attempted: Int) {
    guard 0 <= promised, promised <= attempted, attempted <= commits else {
      fatalError("\(promised) promised and \(attempted) attempted of \(commits) commits")
    }
  }

  private static func prefixHashes(
    _ segments: [SegmentOptions], _ commits: [WorkloadTransaction]
  ) -> [UInt64] {
    var images = segments.map { [UInt8](repeating: 0, count: $0.length) }
    var hash = StateHash.state(images)
    var hashes = [hash]
    hashes.reserveCapacity(commits.count + 1)
    for commit in commits {
      for write in commit.writes where !write.bytes.isEmpty {
        let blocks =
          (write.offset / StateHash.blockLength)...((write.range.upperBound - 1) / StateHash.blockLength)
        for block in blocks {
          hash ^= StateHash.block(segment: write.segment, block: block, of: images[write.segment])
        }
        images[write.segment].replaceSubrange(write.range, with: write.bytes)
        for block in blocks {
          hash ^= StateHash.block(segment: write.segment, block: block, of: images[write.segment])
        }
      }
      hashes.append(hash)
    }
    return hashes
  }
}
