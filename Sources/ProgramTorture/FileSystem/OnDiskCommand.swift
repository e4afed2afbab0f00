import ArgumentParser
import CKernelDisk
import Foundation
import Glibc
import Storage
import TextFiles
import TortureCore

/// Mounts the disk of a FaultFS and runs a command on it; nothing for a human to type.
struct OnDiskCommand: ParsableCommand {
  static let name = "on-disk"
  static let configuration = CommandConfiguration(
    commandName: name, abstract: "Runs a command on the file system that a disk holds.", shouldDisplay: false)

  @Argument(help: "Where the file 'disk' is, and where its file system is mounted.")
  var directory: String

  @Argument(help: "The file system's type.")
  var type: String

  @Argument(help: "Options for mount(2).")
  var options: String

  @Argument(help: "A program that repairs it first; empty: it needs none.")
  var repairing: String

  @Argument(parsing: .postTerminator, help: "The command.")
  var command: [String]

  func run() throws {
    let disk = "\(directory)/disk"
    if !repairing.isEmpty, unsafe disk_repair(disk, repairing) != 0 { throw ExitCode(4) }
    let status = unsafe disk_mount(disk, directory, type, options, 0)
    if status != 0 { throw ExitCode(4) }
    // Where that is the store's directory, it is another one now.
    let present = FileManager.default.currentDirectoryPath
    _ = FileManager.default.changeCurrentDirectoryPath(present)
    let words = command.joined(separator: "\0") + "\0"
    let waited = unsafe words.withCString { unsafe disk_run($0, Int32(command.count)) }
    // Whoever still runs there keeps it mounted, and is killed when this process ends.
    _ = unsafe disk_unmount(directory)
    let signal = waited & 0x7f
    if signal != 0 { raise(signal) }
    throw ExitCode(waited >> 8 & 0xff)
  }
}

/// Does what a store does in a process of its own; nothing for a human to type.
struct StoreTaskCommand: ParsableCommand {
  static let name = "store-task"
  static let configuration = CommandConfiguration(
    commandName: name, abstract: "Runs a store's workload, or its recovery.", shouldDisplay: false)

  @Argument(help: "The file that says what to do.")
  var file: String

  @Argument(help: "The directory of the store.")
  var directory: String

  func run() throws {
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let task = try JSONText.decode(StoreTask.self, from: text)
    do {
      try task.perform(on: PosixStorage(directory: directory)) { line in
        FileHandle.standardOutput.write(Data("\(line)\n".utf8))
      }
    } catch {
      FileHandle.standardError.write(Data("\(error)\n".utf8))
      throw ExitCode(1)
    }
  }
}
