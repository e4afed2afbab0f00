package import FaultFS
import Foundation

/// A file system of the running kernel, as it is made and mounted for litmus tests, and the profile that describes it.
package struct KernelFileSystem: Hashable, Sendable {
  package var name: String
  /// As mount(2) knows it.
  package var type: String
  /// Makes it on the file `$DISK`, with the identity `$UUID`: the kernel takes two disks of one identity for one file system.
  package var making: String
  /// The program that repairs it after a crash, before it is mounted; empty where the kernel recovers it when it mounts it.
  package var repairing = ""
  /// For mount(2).
  package var options: String
  package var diskBytes: Int
  package var profile: Profile

  private static func ext4(
    _ name: String, features: String, options: String, _ profile: Profile
  ) -> KernelFileSystem {
    KernelFileSystem(
      name: name, type: "ext4",
      making: "mkfs.ext4 -q -F -b 4096 -N 64 -J size=4 -O '\(features)' -U \"$UUID\" "
        + "-E nodiscard,lazy_itable_init=0,lazy_journal_init=0,hash_seed=11111111-2222-4333-8444-555555555555 \"$DISK\"",
      options: options, diskBytes: 16 << 20, profile: profile)
  }

  /// The smallest that mkfs.xfs makes for tests of its own, which is what the three variables say it is for.
  private static let xfs = KernelFileSystem(
    name: "xfs", type: "xfs",
    making: "TEST_DIR=/ TEST_DEV=/ QA_CHECK_FS=/ mkfs.xfs -q -f -K -s size=4096 -m uuid=\"$UUID\" \"$DISK\"",
    options: "", diskBytes: 64 << 20, profile: .xfs)

  private static let btrfs = KernelFileSystem(
    name: "btrfs", type: "btrfs", making: "mkfs.btrfs -q -f -K -U \"$UUID\" \"$DISK\"", options: "",
    diskBytes: 128 << 20, profile: .btrfs)

  /// Without a journal: after a crash it is what e2fsck makes of it. Many kernels have no driver of its own for it but ext4's.
  private static let ext2 = KernelFileSystem(
    name: "ext2", type: "ext2",
    making: "mkfs.ext2 -q -F -b 4096 -N 64 -U \"$UUID\" "
      + "-E nodiscard,lazy_itable_init=0,hash_seed=11111111-2222-4333-8444-555555555555 \"$DISK\"",
    repairing: "/usr/sbin/e2fsck", options: "", diskBytes: 16 << 20, profile: .posix)

  package static let all = [
    ext4("ext4", features: "metadata_csum", options: "", .ext4Ordered),
    ext4("ext4-no-checksums", features: "^metadata_csum", options: "", .ext4Ordered),
    ext4("ext4-writeback", features: "metadata_csum", options: "data=writeback", .ext4Writeback),
    ext4(
      "ext4-writeback-no-checksums", features: "^metadata_csum", options: "data=writeback", .ext4Writeback),
    ext4("ext4-journal", features: "metadata_csum", options: "data=journal", .ext4Data),
    ext4("ext4-journal-no-checksums", features: "^metadata_csum", options: "data=journal", .ext4Data),
    xfs, btrfs, ext2,
  ]

  /// Why it cannot be used here; nil where it can.
  package var obstacle: String? {
    if !Self.mayMount {
      return "mounting a real file system takes root, with the right to mount (CAP_SYS_ADMIN)"
    }
    if FileHandle(forUpdatingAtPath: "/dev/loop-control") == nil {
      return
        "loop devices cannot be used here (/dev/loop-control): load the kernel's module loop, or give the container the devices"
    }
    let known = (try? String(contentsOfFile: "/proc/filesystems", encoding: .utf8)) ?? ""
    if !known.split(whereSeparator: \.isWhitespace).contains(Substring(type)) {
      return "this kernel has no \(type)"
    }
    let tool = "mkfs.\(type)"
    let folders = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"]
    if !folders.contains(where: { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)") }) {
      let package = ["xfs": "xfsprogs", "btrfs": "btrfs-progs"][type] ?? "e2fsprogs"
      return "there is no \(tool) here: install \(package)"
    }
    return nil
  }

  /// Whether this process has the right to mount outside a user namespace.
  private static var mayMount: Bool {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
    let rights = line.flatMap { UInt64($0.dropFirst(7).trimmingCharacters(in: .whitespaces), radix: 16) } ?? 0
    return geteuid() == 0 && rights >> 21 & 1 == 1
  }
}
