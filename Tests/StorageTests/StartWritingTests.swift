import Foundation
import SystemPackage
import Testing

@testable import Storage

/// Writing that is started before a sync.
@Suite struct StartWritingTests {
  private func file(_ calls: SystemCalls = SystemCalls()) throws -> any StorageFile {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lrvm-start-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try PosixStorage(directory: folder.path, calls: calls).open("file", .createNew)
  }

  @Test func itChangesNothingThatIsRead() throws {
    let file = try file(.unreliable())
    try file.write([UInt8](repeating: 7, count: 10_000), at: 0)
    for (length, offset) in [(4096, 0), (10_000, 4096), (0, 0), (1, 1 << 20)] {
      try file.startWriting(length, at: offset)
    }
    #expect(try file.size() == 10_000)
    #expect(try file.read(10_000, at: 0) == [UInt8](repeating: 7, count: 10_000))
    #expect(throws: StorageError(.write, "file", .invalidOffset)) { try file.startWriting(1, at: -1) }
    file.close()
    #expect(throws: StorageError(.write, "file", .closed)) { try file.startWriting(1, at: 0) }
  }

  /// Kernels that have no such call are as good as others; an error of a write is told.
  @Test func onlyErrorsOfWritesAreTold() throws {
    for (errno, isTold) in [
      (Errno.noFunction, false), (.notSupported, false), (.ioError, true), (.noSpace, true),
    ] {
      var calls = SystemCalls()
      calls.startWriting = { _, _, _ in -Int(errno.rawValue) }
      let file = try file(calls)
      if isTold {
        #expect(throws: StorageError(.write, "file", .errno(errno))) { try file.startWriting(1, at: 0) }
      } else {
        try file.startWriting(1, at: 0)
      }
    }
  }
}
