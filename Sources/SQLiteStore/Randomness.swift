import Storage
import Synchronization

/// The random numbers that SQLite asks its VFS for: it salts its logs and journals with them.
///
/// They follow from the seed alone, and the seed from what the files begin with, so that a recovered disk always gets
/// the same ones, and two lives of a database different ones.
enum Randomness {
  static let seed = Mutex<UInt64>(0)

  /// The next number (SplitMix64, Steele et al., OOPSLA '14).
  static func next(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return mix(state)
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var value = value
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }

  /// A seed made of the first bytes of the database, where its counter of changes is, and of its log, where the log's
  /// salt is. SQLite reads both itself when it opens the database.
  static func seed(from storage: any Storage, _ names: [String]) -> UInt64 {
    var hash: UInt64 = 0
    for name in names {
      // A file that is not there, or cannot be read, is as good a seed as another.
      let bytes = (try? storage.open(name, .readOnly).read(100, at: 0)) ?? []
      for byte in bytes { hash = mix(hash &* 257 &+ UInt64(byte) &+ 1) }
    }
    return hash
  }
}
