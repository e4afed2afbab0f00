import Foundation
import SystemPackage
import Testing

@testable import Storage

/// Writes that are durable when they return, directly and not.
@Suite struct DurableWriteTests {
  private func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lrvm-durable-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  /// Aligned writes and others, in turn, into the same pages: each is read back at once.
  @Test func whatIsWrittenIsReadBack() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = try PosixStorage(directory: folder.path).open("file", .createNew)
    try file.allocate(1 << 16)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 8192, alignment: 4096)
    defer { unsafe memory.deallocate() }
    var model = [UInt8](repeating: 0, count: 1 << 16)
    for step in 0..<60 {
      let isAligned = step % 3 != 0
      let start = isAligned ? 0 : 8
      let length = isAligned ? 512 * (1 + step % 8) : 100 + step
      let offset = isAligned ? 512 * (step * 7 % 100) : step * 311
      let part = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + length])
      unsafe part.initializeMemory(as: UInt8.self, repeating: UInt8(step + 1))
      try file.writeDurably(unsafe UnsafeRawBufferPointer(part).bytes, at: offset)
      model.replaceSubrange(offset..<offset + length, with: repeatElement(UInt8(step + 1), count: length))
      #expect(try file.read(1 << 16, at: 0) == model)
    }
    #expect([0, 512, 4096].contains(file.durableWriteAlignment))
    file.close()
    #expect(throws: StorageError(.write, "file", .closed)) {
      try unsafe file.writeDurably([1].span.bytes, at: 0)
    }
    #expect(file.durableWriteAlignment == 0)
  }

  /// A file system that has no direct writes, or has them and refuses one: the bytes arrive the other way.
  @Test(arguments: [false, true]) func aRefusalIsNotNoticed(opensDirectly: Bool) throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    var calls = SystemCalls()
    let write = calls.write
    let reopened = Reopened()
    if opensDirectly {
      let reopen = calls.reopenDirect
      calls.reopenDirect = { descriptor in
        let result = reopen(descriptor)
        reopened.number = CInt(result)
        return result
      }
      calls.write = { descriptor, bytes, offset in
        descriptor == reopened.number
          ? -Int(Errno.invalidArgument.rawValue) : write(descriptor, bytes, offset)
      }
    } else {
      calls.reopenDirect = { _ in -Int(Errno.invalidArgument.rawValue) }
    }
    let file = try PosixStorage(directory: folder.path, calls: calls).open("file", .createNew)
    if !opensDirectly { #expect(file.durableWriteAlignment == 0) }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 4096)
    defer { unsafe memory.deallocate() }
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 9)
    for offset in [0, 4096] { try file.writeDurably(unsafe UnsafeRawBufferPointer(memory).bytes, at: offset) }
    #expect(try file.read(8192, at: 0) == [UInt8](repeating: 9, count: 8192))
    #expect(file.durableWriteAlignment == 0)
  }

  private final class Reopened: @unchecked Sendable {
    var number: CInt = -1
  }
}
