import FaultFS
import FaultMount

/// Mounts what a crash left of a disk, which lets the kernel recover it, and looks at all that is there; or remembers what that came to.
final class CrashedDiskLook {
  /// How many times a disk was mounted, and how many times it was not, because the same had been seen.
  private(set) var mountCount = 0
  private(set) var rememberedCount = 0
  /// How many remembered looks were made all the same, and how many of them came to something else.
  private(set) var checkedCount = 0
  private(set) var wronglyRememberedCount = 0

  private let stage: KernelStage
  private let fileSystem: KernelFileSystem
  private let memory = SectorMemory()
  private let remembers: Bool

  /// The first remembered look is made all the same, and then one in this many.
  private static let checkInterval = 32

  init(_ stage: KernelStage, _ fileSystem: KernelFileSystem, remembers: Bool = true) {
    self.stage = stage
    self.fileSystem = fileSystem
    self.remembers = remembers
  }

  var unlikeCount: Int { memory.unlike }

  /// What the disk shows, as one line.
  func outcome(on disk: FaultDisk) throws(KernelStage.Problem) -> String {
    let volume = stage.volume(on: disk)
    guard remembers else { return try look(volume, DiskReads()) }
    let reader = DiskReader(volume)
    let known = memory.outcome { sector in reader.map { SectorMemory.hash($0.bytes(of: sector)) } ?? 0 }
    reader?.close()
    if let known {
      rememberedCount += 1
      if rememberedCount % Self.checkInterval != 1 { return known }
    }
    let reads = DiskReads()
    let outcome = try look(volume, reads)
    if let known {
      checkedCount += 1
      if known != outcome { wronglyRememberedCount += 1 }
    }
    memory.remember(outcome, reading: reads.first)
    return outcome
  }

  private func look(_ volume: FaultVolume, _ reads: DiskReads) throws(KernelStage.Problem) -> String {
    mountCount += 1
    let run = try stage.run(["look"], on: volume, fileSystem, isReadOnly: true, watcher: reads)
    if run.hasSucceeded { return Self.joined(run.lines.map(\.text)) }
    return "cannot be mounted: \(run.errors.split(separator: "\n").first ?? "no reason given")"
  }

  static func joined(_ lines: [String]) -> String {
    lines.isEmpty ? "(nothing)" : lines.joined(separator: "; ")
  }
}

/// Reads the disk's file as its kernel would.
private struct DiskReader {
  private let volume: FaultVolume
  private let handle: FaultVolume.Handle

  init?(_ volume: FaultVolume) {
    guard let inode = try? volume.lookUp(KernelStage.diskName, in: FaultVolume.root),
      let handle = try? volume.open(inode)
    else { return nil }
    self.volume = volume
    self.handle = handle
  }

  func bytes(of sector: Int) -> ArraySlice<UInt8> {
    volume.bytes(of: handle, at: sector * KernelStage.sectorLength, count: KernelStage.sectorLength)
  }

  func close() { volume.close(handle) }
}

/// The sectors of the disk that were read before they were written, in order.
private final class DiskReads: DataWatcher {
  private(set) var first: [(sector: Int, hash: UInt64)] = []
  private var known: Set<Int> = []

  func read(_ inode: FaultVolume.Inode, at offset: Int, _ bytes: [UInt8]) {
    let length = KernelStage.sectorLength
    for sector in offset / length..<(offset + bytes.count + length - 1) / length {
      let start = sector * length - offset
      // A part of a sector was asked for only where a file system has smaller blocks: the disk's own are whole sectors.
      guard start >= 0, start + length <= bytes.count, known.insert(sector).inserted else { continue }
      first.append((sector, SectorMemory.hash(bytes[start..<start + length])))
    }
  }

  func changed(_ inode: FaultVolume.Inode, _ bytes: Range<Int>) {
    // Nothing truncates a disk.
    guard bytes.upperBound < Int.max else { return }
    let length = KernelStage.sectorLength
    known.formUnion(bytes.lowerBound / length..<(bytes.upperBound + length - 1) / length)
  }
}
