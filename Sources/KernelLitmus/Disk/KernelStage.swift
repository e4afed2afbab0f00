package import FaultFS
package import FaultMount
import Foundation
package import KernelDisk
import SystemPackage

/// Where litmus tests run: a mount of FaultFS, and the program `litmus-calls` on it, which mounts what is tested above it.
///
/// Threading: one thread at a time.
package final class KernelStage {
  package struct Problem: Error, CustomStringConvertible {
    package var description: String

    init(_ description: String) {
      self.description = description
    }
  }

  /// A file that `litmus-calls` writes to, to say where it is.
  static let armName: FileName = "arm"

  private let mount: ProgramMount
  private let runner: String

  /// The stage of whoever names none. In a mount namespace of its own each process has the path for itself.
  package static let usualDirectory = "/tmp/lrvm-torture-\(getuid())/store"

  /// - Parameters:
  ///   - runner: the path of `litmus-calls`.
  ///   - directory: where it finds its files, made where it is missing.
  package init(runner: String, at directory: String = usualDirectory) throws(Problem) {
    guard FileManager.default.isExecutableFile(atPath: runner) else {
      throw Problem("there is no program at '\(runner)': build it with swift build --product litmus-calls")
    }
    self.runner = runner
    do {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    } catch {
      throw Problem("cannot make the directory '\(directory)': \(error.localizedDescription)")
    }
    do {
      mount = try ProgramMount(at: directory)
    } catch {
      throw Problem(error.description)
    }
  }

  package var directory: String { mount.directory }

  package func volume(on disk: FaultDisk) -> FaultVolume { mount.volume(on: disk) }

  /// A disk with an empty file system, all of it durable.
  package func makeDisk(with fileSystem: KernelFileSystem) throws(Problem) -> FaultDisk {
    let disk = FaultDisk(profile: KernelDisk.profile)
    var command = KernelDisk.making(fileSystem, at: directory)
    command.arguments[2] += " && : >arm"
    try succeed("making \(fileSystem.name)", run(command, on: volume(on: disk), nil) {})
    disk.restartRecording()
    return disk
  }

  /// What `litmus-calls` came to.
  ///
  /// - Parameters:
  ///   - fileSystem: what it mounts; nil: its calls go to FaultFS itself.
  ///   - served: called after each call of the kernel that was answered.
  package func run(
    _ script: [String], on volume: FaultVolume, _ fileSystem: KernelFileSystem?, isReadOnly: Bool = false,
    watcher: (any DataWatcher)? = nil, served: () -> Void = {}
  ) throws(Problem) -> ProgramRun {
    let type = fileSystem.map { isReadOnly ? "\($0.type)/ro" : $0.type } ?? "-"
    let command = ProgramCommand(
      arguments: [runner, directory, type, fileSystem?.options ?? "", fileSystem?.repairing ?? ""] + script,
      workingDirectory: directory,
      environment: [:], timeLimitMilliseconds: 120_000)
    return try run(command, on: volume, watcher, served)
  }

  private func run(
    _ command: ProgramCommand, on volume: FaultVolume, _ watcher: (any DataWatcher)?, _ served: () -> Void
  ) throws(Problem) -> ProgramRun {
    do {
      return try mount.run(command, on: volume, watcher: watcher, served: served)
    } catch {
      throw Problem(error.description)
    }
  }

  /// Throws where a program failed that must not.
  package func succeed(_ what: String, _ run: ProgramRun) throws(Problem) {
    if run.hasSucceeded { return }
    throw Problem(
      "\(what) failed (\(run.ending)): \(run.errors.split(separator: "\n").suffix(3).joined(separator: "; "))"
    )
  }
}
