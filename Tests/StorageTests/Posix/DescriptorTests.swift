import Foundation
import Synchronization
import SystemPackage
import Testing

@testable import Storage

@Suite struct DescriptorTests {
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
  }

  /// Which descriptors were opened and closed, in order.
  final class Ledger: Sendable {
    let opened = Mutex<[CInt]>([])
    let closed = Mutex<[CInt]>([])

    func calls() -> SystemCalls {
      let real = SystemCalls()
      var calls = real
      calls.open = { directory, path, flags in
        let result = real.open(directory, path, flags)
        if result >= 0 { self.opened.withLock { $0.append(CInt(result)) } }
        return result
      }
      calls.close = { descriptor in
        self.closed.withLock { $0.append(descriptor) }
        return real.close(descriptor)
      }
      return calls
    }
  }

  @Test func everyDescriptorIsClosedOnce() throws {
    let ledger = Ledger()
    try directory.createDirectory("sub")
    do {
      let storage = try directory.storage(ledger.calls())
      let kept = try storage.open("a", .createNew)
      try storage.open("a", .readWrite).close()
      _ = try? storage.open("sub", .readOnly)
      _ = try storage.list("sub")
      try storage.syncDirectory("sub")
      kept.close()
      kept.close()
    }
    #expect(ledger.opened.withLock(\.self).count == 6)
    #expect(ledger.closed.withLock { $0.sorted() } == ledger.opened.withLock { $0.sorted() })
  }

  @Test func everyDescriptorIsClosedOnExec() throws {
    let ledger = Ledger()
    let storage = try directory.storage(ledger.calls())
    let file = try storage.open("a", .createNew)
    defer { file.close() }
    for descriptor in ledger.opened.withLock(\.self) {
      #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
    }
  }

  /// The close of a file comes from inside a read of it: the descriptor must outlive the read, and no call come after.
  @Test func closeDuringACallWaitsForTheCallToEnd() throws {
    let ledger = Ledger()
    let closing = Mutex<(any StorageFile)?>(nil)
    var calls = ledger.calls()
    let read = calls.read
    calls.read = { descriptor, buffer, offset in
      closing.withLock { $0?.close() }
      #expect(ledger.closed.withLock(\.self).isEmpty)
      return read(descriptor, &buffer, offset)
    }
    let storage = try directory.storage(calls)
    defer { withExtendedLifetime(storage) {} }
    let file = try storage.open("a", .createNew)
    try file.write([1, 2, 3], at: 0)
    closing.withLock { $0 = file }
    #expect(try file.read(3, at: 0) == [1, 2, 3])
    #expect(ledger.closed.withLock(\.self) == Array(ledger.opened.withLock(\.self).suffix(1)))
    #expect(throws: StorageError(.read, "a", .closed)) { try file.read(3, at: 0) }
  }

  /// Threads write and read their own parts of a file while others open, write and close files of their own: a
  /// descriptor that was closed under a call would show as bytes in the wrong file.
  @Test func threadsDoNotMeet() async throws {
    let storage = try directory.storage()
    let shared = try storage.open("shared", .createNew)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<8 {
        group.addTask {
          let bytes = [UInt8](repeating: UInt8(index + 1), count: 1000)
          for round in 0..<50 {
            try shared.write(bytes, at: index * 1000)
            let own = try storage.open("own-\(index)", .createOrOpen)
            try own.write(bytes, at: round * 10)
            #expect(try shared.read(1000, at: index * 1000) == bytes)
            own.close()
          }
        }
      }
      try await group.waitForAll()
    }
    for index in 0..<8 {
      let bytes = [UInt8](repeating: UInt8(index + 1), count: 1490)
      #expect(try storage.open("own-\(index)", .readOnly).read(2000, at: 0) == bytes)
    }
  }

  /// One thread closes while others write: each write ends whole or with `.closed`, and the descriptor is closed once.
  @Test func closeRacesWithWriters() async throws {
    for round in 0..<50 {
      let ledger = Ledger()
      let file = try directory.storage(ledger.calls()).open("file-\(round)", .createNew)
      await withTaskGroup(of: Void.self) { group in
        for writer in 0..<3 {
          group.addTask {
            do {
              for place in 0..<1000 { try file.write([UInt8(writer)], at: place) }
            } catch {
              #expect(error as? StorageError == StorageError(.write, "file-\(round)", .closed))
            }
          }
        }
        group.addTask { file.close() }
      }
      #expect(ledger.closed.withLock(\.self).count(where: { $0 == ledger.opened.withLock(\.self)[1] }) == 1)
    }
  }
}
