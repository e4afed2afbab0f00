/// The seeds of one scenario, in the order of their rounds.
package enum SeedList: Hashable, Sendable {
  /// One after the other. After the largest seed comes 0.
  case counted(first: UInt64, count: Int)
  /// These, all of them different.
  case listed([UInt64])

  /// How many there are.
  package var count: Int {
    switch self {
    case .counted(_, let count): count
    case .listed(let seeds): seeds.count
    }
  }

  /// The seed of a round, from 0.
  package subscript(round: Int) -> UInt64 {
    switch self {
    case .counted(let first, _): first &+ UInt64(round)
    case .listed(let seeds): seeds[round]
    }
  }

  /// The round that has the seed; nil where none has.
  package func round(of seed: UInt64) -> Int? {
    switch self {
    case .counted(let first, let count): Int(exactly: seed &- first).flatMap { $0 < count ? $0 : nil }
    case .listed(let seeds): seeds.firstIndex(of: seed)
    }
  }
}
