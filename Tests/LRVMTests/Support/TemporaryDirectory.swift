import Foundation
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
