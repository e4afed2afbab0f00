import SeededRandom
import Storage
import Synchronization

/// The random numbers that SQLite asks its VFS for: it salts its logs and journals with them.
///
/// They follow from the seed alone, and the seed from what the files begin with, so that a recovered disk always gets
/// the same ones, and two lives of a database different ones.
enum Randomness {
  static let stream = Mutex(SplitMix64(seed: 0))

  /// A seed made of the first bytes of the database, where its counter of changes is, and of its log, where the log's
  /// salt is. SQLite reads both itself when it opens the database.
  static func seed(from storage: any Storage, _ names: [String]) -> UInt64 {
    var hash: UInt64 = 0
    for name in names {
      // A file that is not there, or cannot be read, is as good a seed as another.
      let bytes = (try? storage.open(name, .readOnly).read(100, at: 0)) ?? []
      for byte in bytes { hash = SplitMix64.mix(hash &* 257 &+ UInt64(byte) &+ 1) }
    }
    return hash
  }
}
