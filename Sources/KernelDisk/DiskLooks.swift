package import FaultFS
package import FaultMount

/// Mounts what a crash left of a disk only where nobody has seen the same sectors before.
///
/// Before it is mounted, all that earlier looks would read is read in their order, until something new comes. So choices that follow
/// what is read are made in one and the same order, whatever the order in which the kernel asks.
package final class DiskLooks<Outcome: Equatable> {
  /// How many times a disk was looked at, and how many times it was not, because the same had been seen.
  package private(set) var lookCount = 0
  package private(set) var rememberedCount = 0
  /// How many remembered looks were made all the same, and how many of them came to something else.
  package private(set) var checkedCount = 0
  package private(set) var wronglyRememberedCount = 0

  private let memory = SectorMemory<Outcome>()

  /// The first remembered look is made all the same, and then one in this many.
  private static var checkInterval: Int { 32 }

  package init() {}

  /// Looks that left out what an earlier one had read after the same, or came to something else.
  package var unlikeCount: Int { memory.unlikeCount }
  /// Of the latter alone.
  package var otherwiseCount: Int { memory.otherwiseCount + wronglyRememberedCount }

  /// What a look at the disk in `volume` comes to.
  ///
  /// - Parameters:
  ///   - look: mounts it, and tells the watcher what is read.
  ///   - lasts: whether the same look would come to the same.
  package func outcome<Failure: Error>(
    of volume: FaultVolume, look: (any DataWatcher) throws(Failure) -> Outcome,
    lasts: (Outcome) -> Bool = { _ in true }
  ) throws(Failure) -> Outcome {
    let reader = DiskReader(volume)
    let known = memory.outcome { sector in reader.map { SectorHash.of($0.bytes(of: sector)) } ?? 0 }
    reader?.close()
    if let known {
      rememberedCount += 1
      if rememberedCount % Self.checkInterval != 1 { return known }
    }
    let reads = DiskReads()
    lookCount += 1
    let outcome = try look(reads)
    if let known {
      checkedCount += 1
      if known != outcome { wronglyRememberedCount += 1 }
    }
    if lasts(outcome) { memory.remember(outcome, reading: reads.first) }
    return outcome
  }
}

/// The sectors of the disk that were read before they were written, in order.
private final class DiskReads: DataWatcher {
  private(set) var first: [(sector: Int, hash: UInt64)] = []
  private var known: Set<Int> = []

  func read(_ inode: FaultVolume.Inode, at offset: Int, _ bytes: [UInt8]) {
    let length = KernelDisk.sectorLength
    for sector in offset / length..<(offset + bytes.count + length - 1) / length {
      let start = sector * length - offset
      // A part of a sector was asked for only where a file system has smaller blocks: the disk's own are whole sectors.
      guard start >= 0, start + length <= bytes.count, known.insert(sector).inserted else { continue }
      first.append((sector, SectorHash.of(bytes[start..<start + length])))
    }
  }

  func changed(_ inode: FaultVolume.Inode, _ bytes: Range<Int>) {
    // Nothing truncates a disk.
    guard bytes.upperBound < Int.max else { return }
    let length = KernelDisk.sectorLength
    known.formUnion(bytes.lowerBound / length..<(bytes.upperBound + length - 1) / length)
  }
}
