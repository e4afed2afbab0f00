import FaultFS
import FaultMount
import KernelDisk

/// Mounts what a crash left of a disk, which lets the kernel recover it, and looks at all that is there; or remembers what that came to.
final class CrashedDiskLook {
  let looks = DiskLooks<String>()

  private let stage: KernelStage
  private let fileSystem: KernelFileSystem
  private let remembers: Bool
  private var unrememberedCount = 0

  init(_ stage: KernelStage, _ fileSystem: KernelFileSystem, remembers: Bool = true) {
    self.stage = stage
    self.fileSystem = fileSystem
    self.remembers = remembers
  }

  /// How many times a disk was mounted.
  var mountCount: Int { unrememberedCount + looks.lookCount }

  /// What the disk shows, as one line.
  func outcome(on disk: FaultDisk) throws(KernelStage.Problem) -> String {
    let volume = stage.volume(on: disk)
    if remembers {
      return try looks.outcome(of: volume) { reads throws(KernelStage.Problem) in try look(volume, reads) }
    }
    unrememberedCount += 1
    return try look(volume, nil)
  }

  private func look(
    _ volume: FaultVolume, _ reads: (any DataWatcher)?
  ) throws(KernelStage.Problem) -> String {
    let run = try stage.run(["look"], on: volume, fileSystem, isReadOnly: true, watcher: reads)
    if run.hasSucceeded { return Self.joined(run.lines.map(\.text)) }
    return "cannot be mounted: \(run.errors.split(separator: "\n").first ?? "no reason given")"
  }

  static func joined(_ lines: [String]) -> String {
    lines.isEmpty ? "(nothing)" : lines.joined(separator: "; ")
  }
}
