import FaultFS
import SeededRandom

/// A deterministic body that looks at a tree and changes it, and whose course depends on what it saw.
///
/// Everything that it observes is its outcome.
struct RandomTreeBody {
  var seed: UInt64
  var stepCount: Int
  /// How often it looks: one call in this many.
  var lookOdds = 2
  /// Whether everything that can be reached is looked at in the end.
  var looksAtAll = false

  func run(on disk: FaultDisk) throws -> [UInt64] {
    let tree = VolumeTree(disk)
    var calls = RandomTreeCalls(seed: seed, lookOdds: lookOdds)
    var outcome: [UInt64] = []
    for step in 0..<stepCount {
      let call = calls.next()
      outcome += tree.outcome(of: call)
      // Now and then what was seen decides how it goes on.
      if calls.generator.isOneIn(4) {
        let seen = outcome.reduce(0) { ($0 ^ $1) &* 31 }
        calls.generator = SplitMix64(seed: seed &+ UInt64(step) &+ (seen % 3) &* 7919)
      }
    }
    if looksAtAll {
      for (path, shown) in try tree.volume.picture().sorted(by: { $0.key < $1.key }) {
        outcome += words(path.utf8) + shown
      }
    }
    return outcome
  }
}
