import Glibc
import SystemPackage
import TextFiles

/// Keeps a report's folder to one run at a time. The kernel lets go of it when the process ends, however it ends.
final class ReportLock: Sendable {
  static let fileName = ".lock"

  private let file: FileDescriptor

  /// Takes the lock of the folder `root`.
  ///
  /// - Throws: where another run has it, or the file cannot be made.
  init(_ root: FilePath) throws {
    let path = root.appending(Self.fileName)
    do {
      file = try FileDescriptor.open(
        path, .readWrite, options: [.create, .closeOnExec, .noFollow], permissions: .filePermissions)
    } catch {
      throw FileAccessError("create", path, error)
    }
    while flock(file.rawValue, LOCK_EX | LOCK_NB) != 0 {
      let error = Errno(rawValue: errno)
      if error == .interrupted { continue }
      // Whoever throws here has a file already, which `deinit` closes.
      guard error == .wouldBlock else { throw FileAccessError("lock", path, error) }
      throw ReportError(
        "another run is writing the report in '\(root)'; wait until it ends, or pass another folder with --out",
        isWrongFolder: true)
    }
  }

  deinit {
    // A process that is being started has a copy of the descriptor until it becomes another program.
    _ = flock(file.rawValue, LOCK_UN)
    try? file.close()
  }
}
