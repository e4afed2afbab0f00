/// Chooses what unsettled cells show, when a body first observes them (`CrashWindow.withDisk(resolvingBy:)`).
///
/// Called in the inner loop of an exploration: an implementation should be a final class that allocates nothing.
/// It must not use the disk that is being resolved, nor its files.
public protocol Resolver: AnyObject {
  /// Chooses one of the alternatives that the cell has for what is being observed.
  ///
  /// - Parameters:
  ///   - cell: a cell of the timeline of the window whose resolver this is.
  ///   - depth: how many windows lie around that window: 0 unless windows are nested.
  ///   - count: how many alternatives there are, at least two. They differ in the bytes, size or entry that is being
  ///     observed, or in the answer to what is being asked; alternative 0 holds the cell's newest version that is still possible, and the order of the others
  ///     is that of the newest version of each.
  /// - Returns: the number of an alternative, in `0..<count`; any other number traps.
  func choose(_ cell: Cell.ID, depth: Int, among count: Int) -> Int
}

/// Which tears are offered beside the versions of a sector.
///
/// For each pair of neighbouring versions within the candidates: the first half of the bytes that the newer one's
/// call wrote is new, or the second half (the middle is rounded down and the ends outward to the profile's grain), or
/// none; and the rest is old, zeros, or garbage. Of these nine, less the one that is the older version itself,
/// those that `CrashWindow.allows` allows. In one state at most one sector is torn.
///
/// Where versions are not to be mixed, only what an exposed tail may hold is left of these.
public struct TearChoices: Hashable, Sendable {
  /// What garbage is drawn from.
  public var garbageSeed: UInt64
  /// Whether sectors tear.
  public var mixesVersions: Bool

  /// - Parameter mixesVersions: false for exposed tails alone.
  public init(garbageSeed: UInt64 = 0, mixesVersions: Bool = true) {
    self.garbageSeed = garbageSeed
    self.mixesVersions = mixesVersions
  }

  /// The tears to try, legal or not, where a call wrote the bytes `written` of a sector.
  func tears(written: Range<Int>, grainBytes: Int) -> [Tear] {
    let start = written.lowerBound / grainBytes * grainBytes
    let end = (written.upperBound + grainBytes - 1) / grainBytes * grainBytes
    let middle = (written.lowerBound + written.count / 2) / grainBytes * grainBytes
    var tears: [Tear] = []
    for newBytes in [start..<max(start, middle), max(start, middle)..<end] where !newBytes.isEmpty {
      for rest in [Tear.Rest.old, .zeros, .garbage(seed: garbageSeed)] {
        tears.append(Tear(newBytes: newBytes, rest: rest))
      }
    }
    tears.append(Tear(newBytes: 0..<0, rest: .zeros))
    tears.append(Tear(newBytes: 0..<0, rest: .garbage(seed: garbageSeed)))
    return tears
  }
}
