package import FaultFS
package import FaultMount
import Foundation

/// The disk below a file system of the kernel: the one file that a mount of FaultFS shows, with a loop device on it.
///
/// Each write of a block makes versions of sectors of 4096 bytes, each flush of the disk's cache is a sync, and forced unit access is a
/// flush, as on a disk without it.
package enum KernelDisk {
  /// In the root of its volume.
  package static let name: FileName = "disk"
  package static let sectorLength = 4096
  package static let profile = makeProfile()

  private static func makeProfile() -> Profile {
    var profile = Profile.rawDevice
    profile.sectorLength = sectorLength
    return profile
  }

  /// What makes an empty file system on a new disk in the volume that is shown at `directory`.
  package static func making(_ fileSystem: KernelFileSystem, at directory: String) -> ProgramCommand {
    ProgramCommand(
      shell: "truncate -s \(fileSystem.diskBytes) disk && DISK=disk && export DISK && \(fileSystem.making)",
      workingDirectory: directory,
      environment: ["PATH": "/usr/sbin:/sbin:/usr/bin:/bin", "UUID": UUID().uuidString.lowercased()],
      timeLimitMilliseconds: 120_000)
  }
}

/// Reads the disk's file as its kernel would.
struct DiskReader {
  private let volume: FaultVolume
  private let handle: FaultVolume.Handle

  init?(_ volume: FaultVolume) {
    guard let inode = try? volume.lookUp(KernelDisk.name, in: FaultVolume.root),
      let handle = try? volume.open(inode)
    else { return nil }
    self.volume = volume
    self.handle = handle
  }

  func bytes(of sector: Int) -> ArraySlice<UInt8> {
    volume.bytes(of: handle, at: sector * KernelDisk.sectorLength, count: KernelDisk.sectorLength)
  }

  func close() { volume.close(handle) }
}
