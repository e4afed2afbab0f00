internal import TextFiles

/// Remembers what looks at a disk came to, by the sectors that they read, so that a disk on which they would read the same
/// need not be mounted again.
///
/// A look is a function of the sectors that it reads before it writes them: so looks form a tree, in which each node is a sector that is
/// read next, and each branch what was in it. The order in which the kernel reads them may change from one look to the next;
/// it does not matter, as long as it reads what is on the path. A look that does not is not remembered, and counted.
final class SectorMemory<Outcome: Equatable> {
  private struct Node {
    /// What is read next; nil where nothing is known yet, or the look is at its end.
    var sector: Int?
    var outcome: Outcome?
    var next: [UInt64: Int] = [:]
  }

  private var nodes = [Node()]
  /// Looks that left out what an earlier one had read after the same, or came to something else.
  private(set) var unlikeCount = 0
  /// Of the latter alone.
  private(set) var otherwiseCount = 0

  /// What a look at a disk would come to; nil where nothing is known of it.
  ///
  /// - Parameter hash: of the bytes of a sector, which counts as read.
  func outcome(reading hash: (Int) -> UInt64) -> Outcome? {
    var place = 0
    while let sector = nodes[place].sector {
      guard let next = nodes[place].next[hash(sector)] else { return nil }
      place = next
    }
    return nodes[place].outcome
  }

  /// Notes what a look came to.
  ///
  /// - Parameter read: the sectors that it read before it wrote them, in order, each with the hash of its bytes.
  func remember(_ outcome: Outcome, reading read: [(sector: Int, hash: UInt64)]) {
    let hashes = Dictionary(read.map { ($0.sector, $0.hash) }) { first, _ in first }
    var passed: Set<Int> = []
    var place = 0
    while let sector = nodes[place].sector {
      guard let hash = hashes[sector] else {
        unlikeCount += 1
        return
      }
      passed.insert(sector)
      place = step(from: place, hash)
    }
    if let known = nodes[place].outcome {
      if known != outcome {
        unlikeCount += 1
        otherwiseCount += 1
      }
      return
    }
    for (sector, hash) in read where passed.insert(sector).inserted {
      nodes[place].sector = sector
      place = step(from: place, hash)
    }
    nodes[place].outcome = outcome
  }

  private func step(from place: Int, _ hash: UInt64) -> Int {
    if let known = nodes[place].next[hash] { return known }
    nodes.append(Node())
    nodes[place].next[hash] = nodes.count - 1
    return nodes.count - 1
  }
}

/// What stands for the bytes of a sector.
enum SectorHash {
  static func of(_ bytes: ArraySlice<UInt8>) -> UInt64 { TextHash.of(bytes) }
}
