import FaultFS
import Foundation
import KernelDisk

@testable import KernelLitmus

/// What several tests share: a stage, and file systems of the kernel where they can be used.
enum Litmus {
  static func stage() throws -> KernelStage {
    try KernelStage(runner: built("litmus-calls"))
  }

  /// A program that lies beside the tests' own.
  static func built(_ name: String) -> String {
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent(name).path
  }

  static let catalogPath = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("litmus/catalog.yaml")
    .path

  static func test(_ name: String) throws -> LitmusTest {
    guard let test = try LitmusCatalog(file: catalogPath).tests.first(where: { $0.name == name }) else {
      fatalError("the catalog has no test '\(name)'")
    }
    return test
  }

  static func fileSystem(_ name: String) -> KernelFileSystem {
    guard let fileSystem = KernelFileSystem.all.first(where: { $0.name == name }) else {
      fatalError("there is no file system '\(name)'")
    }
    return fileSystem
  }

  /// Whether real file systems can be used here: that takes root and loop devices.
  static var canMount: Bool { fileSystem("ext4").obstacle == nil }
  static let reason = "a real file system takes root, loop devices and mkfs.ext4"

  /// Loop devices whose backing file lies in a directory, and mounts there, in this namespace.
  static func leftovers(at directory: String) throws -> [String] {
    let mounts = try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8).split(separator: "\n")
      .filter { $0.contains(directory) }.map(String.init)
    let devices = try FileManager.default.contentsOfDirectory(atPath: "/sys/block").filter { device in
      let file = "/sys/block/\(device)/loop/backing_file"
      return (try? String(contentsOfFile: file, encoding: .utf8))?.contains(directory) ?? false
    }
    return mounts + devices
  }
}
