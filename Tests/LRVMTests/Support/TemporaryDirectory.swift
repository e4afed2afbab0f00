import Foundation
import Glibc
import LRVM
import Storage

/// A new directory, removed with everything in it when the last reference goes.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "lrvm-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func storage() throws -> PosixStorage { try PosixStorage(directory: path) }
}

/// Opens a log on the real disk again after it was closed in this process.
///
/// Other tests start processes meanwhile, and a process that is just starting shares every lock for a moment, until its
/// descriptors are closed on exec.
func reopening(_ open: () throws -> RVM) throws -> RVM {
  for _ in 0..<1000 {
    do { return try open() } catch RVMError.logInUse { usleep(2000) }
  }
  return try open()
}
