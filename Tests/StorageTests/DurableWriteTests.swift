import Foundation
import Synchronization
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

  /// Another file may get the number of a descriptor that is closed: the rest of a short write would go there.
  @Test func closingWaitsForTheRestOfAShortWrite() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let state = Mutex((direct: CInt(-1), isClosed: false, writesAfterwards: 0))
    let toClose = Mutex<(any StorageFile)?>(nil)
    var calls = SystemCalls()
    let (reopen, write, close) = (calls.reopenDirect, calls.write, calls.close)
    calls.statedDirectAlignment = { _ in 512 }
    calls.reopenDirect = { descriptor in
      let result = reopen(descriptor)
      state.withLock { $0.direct = CInt(result) }
      return result
    }
    calls.close = { descriptor in
      state.withLock { if descriptor == $0.direct { $0.isClosed = true } }
      return close(descriptor)
    }
    calls.write = { descriptor, bytes, offset in
      guard descriptor == state.withLock({ $0.direct }) else { return write(descriptor, bytes, offset) }
      state.withLock { if $0.isClosed { $0.writesAfterwards += 1 } }
      let file = toClose.withLock { file in
        defer { file = nil }
        return file
      }
      guard let file else { return write(descriptor, bytes, offset) }
      let count = write(descriptor, bytes.extracting(0..<512), offset)
      file.close()
      return count
    }
    let disk = try PosixStorage(directory: folder.path, calls: calls)
    let file = try disk.open("file", .createNew)
    guard file.durableWriteAlignment > 0 else { return }
    toClose.withLock { $0 = file }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 4096)
    defer { unsafe memory.deallocate() }
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 5)
    try file.writeDurably(unsafe UnsafeRawBufferPointer(memory).bytes, at: 0)
    #expect(state.withLock { $0.writesAfterwards } == 0)
    #expect(state.withLock { $0.isClosed })
    #expect(try disk.open("file", .readOnly).read(8192, at: 0) == [UInt8](repeating: 5, count: 4096))
  }

  /// What the kernel says counts; where it says nothing, what a trial shows.
  @Test func theAlignmentIsTheKernelsOrTried() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let unknown = -Int(Errno.noFunction.rawValue)
    for (stated, tried, expected) in [(4096, 512, 4096), (0, 512, 0), (unknown, 4096, 4096), (unknown, 0, 0)]
    {
      var calls = SystemCalls()
      let open = calls.open
      // On any file system: nothing is written here.
      calls.reopenDirect = { _ in open(SystemCalls.workingDirectory, folder.path, .directory) }
      calls.statedDirectAlignment = { _ in stated }
      calls.triedDirectAlignment = { _ in tried }
      let file = try PosixStorage(directory: folder.path, calls: calls).open("file", .createOrOpen)
      #expect(file.durableWriteAlignment == expected)
    }
    // Both ways of asking agree on this machine, where both answer.
    let file = try PosixStorage(directory: folder.path, calls: SystemCalls()).open("file", .createOrOpen)
    var trial = SystemCalls()
    trial.statedDirectAlignment = { _ in unknown }
    let tried = try PosixStorage(directory: folder.path, calls: trial).open("file", .createOrOpen)
    #expect(file.durableWriteAlignment % max(1, tried.durableWriteAlignment) == 0)
  }

  private final class Reopened: @unchecked Sendable {
    var number: CInt = -1
  }
}
