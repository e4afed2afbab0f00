import Foundation
import Synchronization
import SystemPackage
import Testing

@testable import Storage

/// What the calls do with the answers that a healthy disk never gives.
@Suite struct SystemCallFailureTests {
  private let directory: TemporaryDirectory
  private let real = SystemCalls()

  init() throws {
    directory = try TemporaryDirectory()
  }

  private func failure(_ errno: Errno) -> Int { -Int(errno.rawValue) }

  /// What a disk does not say, or says wrongly, is taken for a page.
  @Test func aSectorLengthThatIsNoneIsAPage() throws {
    for (answer, expected) in [
      (512, 512), (4096, 4096), (failure(.noSuchFileOrDirectory), 4096), (0, 4096), (520, 4096),
    ] {
      var calls = real
      calls.sectorLength = { _ in answer }
      #expect(try directory.storage(calls).sectorLength == expected)
    }
  }

  @Test func everyErrnoArrivesWithItsOperationAndFile() throws {
    let failure = failure(.ioError)
    var calls = real
    calls.read = { _, _, _ in failure }
    calls.write = { _, _, _ in failure }
    unsafe calls.writeGathering = { _, _, _ in failure }
    calls.size = { _ in failure }
    calls.truncate = { _, _ in failure }
    calls.allocate = { _, _ in failure }
    calls.sync = { _, _ in failure }
    calls.lock = { _ in failure }
    calls.rename = { _, _, _ in failure }
    calls.remove = { _, _ in failure }
    calls.list = { _ in .failure(.ioError) }
    let storage = try directory.storage(calls)
    let file = try storage.open("a", .createNew)

    func expect(_ operation: StorageError.Operation, _ name: String, _ body: () throws -> Void) {
      #expect(throws: StorageError(operation, name, .errno(.ioError)), performing: body)
    }
    expect(.read, "a") { _ = try file.read(1, at: 0) }
    expect(.write, "a") { try file.write([1], at: 0) }
    expect(.write, "a") {
      let bytes: [UInt8] = [1]
      try unsafe bytes.withUnsafeBytes { try unsafe file.write(gathering: [$0], at: 0) }
    }
    expect(.write, "a") {
      try unsafe file.write([Placement(offset: 0, start: 0, length: 1)].span, of: [1].span.bytes)
    }
    expect(.size, "a") { _ = try file.size() }
    expect(.truncate, "a") { try file.truncate(to: 1) }
    expect(.allocate, "a") { try file.allocate(1) }
    expect(.sync, "a") { try file.sync(.data) }
    expect(.sync, "a") { try file.sync(.full) }
    expect(.lock, "a") { try file.lockExclusively() }
    expect(.rename, "a") { try storage.rename("a", to: "b") }
    expect(.remove, "a") { try storage.remove("a") }
    expect(.list, "") { _ = try storage.list("") }
    expect(.syncDirectory, "") { try storage.syncDirectory("") }
  }

  /// Where a file system has smaller blocks, a block that no part touches is left alone.
  @Test func blocksBetweenPlacementsAreNotWritten() throws {
    for (blockLength, writes) in [(512, 4), (1024, 1), (4096, 1), (1 << 20, 1)] {
      let (real, count) = (real, Counter())
      var calls = real
      calls.blockLength = { _ in blockLength }
      calls.write = { descriptor, bytes, offset in
        _ = count.next()
        return real.write(descriptor, bytes, offset)
      }
      let storage = try directory.storage(calls)
      let file = try storage.open("a", .createNew)
      let bytes = [UInt8](repeating: 7, count: 40)
      let placements = (0..<4).map { Placement(offset: 100 + 1024 * $0, start: 10 * $0, length: 10) }
      try unsafe file.write(placements.span, of: bytes.span.bytes)
      #expect(count.value == writes, "blocks of \(blockLength) bytes")
      for placement in placements { #expect(try file.read(10, at: placement.offset) == Array(bytes[..<10])) }
      try storage.remove("a")
    }
  }

  @Test func aDiskThatFillsUpHalfWayKeepsTheFirstPartAndSaysSo() throws {
    let (real, failure) = (real, failure(.noSpace))
    var calls = real
    calls.write = { descriptor, bytes, offset in
      let room = 1000 - offset
      return room <= 0
        ? failure : real.write(descriptor, bytes.extracting(0..<min(room, bytes.byteCount)), offset)
    }
    let file = try directory.storage(calls).open("a", .createNew)
    #expect(throws: StorageError(.write, "a", .errno(.noSpace))) {
      try file.write([UInt8](repeating: 7, count: 1500), at: 0)
    }
    #expect(try file.read(2000, at: 0) == [UInt8](repeating: 7, count: 1000))
  }

  @Test func aReadErrorAfterAShortReadIsAnError() throws {
    let (real, failure) = (real, failure(.ioError))
    var calls = real
    calls.read = { descriptor, buffer, offset in
      if offset >= 512 { return failure }
      var first = buffer._mutatingExtracting(0..<min(buffer.byteCount, 512 - offset))
      return real.read(descriptor, &first, offset)
    }
    let file = try directory.storage(calls).open("a", .createNew)
    try file.write([UInt8](repeating: 7, count: 1500), at: 0)
    #expect(throws: StorageError(.read, "a", .errno(.ioError))) { try file.read(1000, at: 0) }
    #expect(try file.read(512, at: 0).count == 512)
  }

  @Test func aWriteThatTakesNothingIsAnErrorAndNoEndlessLoop() throws {
    var calls = real
    calls.write = { _, _, _ in 0 }
    let file = try directory.storage(calls).open("a", .createNew)
    #expect(throws: StorageError(.write, "a", .errno(.ioError))) { try file.write([1], at: 0) }
  }

  @Test(arguments: [0, 1, 5000, 65_536, 200_001])
  func allocateWithoutFallocateWritesZerosFromTheEndOn(size: Int) throws {
    let failure = failure(.notSupported)
    var calls = real
    calls.allocate = { _, _ in failure }
    let file = try directory.storage(calls).open("a", .createNew)
    try file.write([1, 2, 3], at: 4097)
    let before = try file.read(5000, at: 0)
    try file.allocate(size)
    #expect(try file.size() == max(4100, size))
    #expect(try file.read(300_000, at: 0) == before + [UInt8](repeating: 0, count: max(0, size - 4100)))
    if size > 65_536 {
      var status = stat()
      #expect(unsafe stat("\(directory.path)/a", &status) == 0)
      #expect(status.st_blocks * 512 >= size - 4100, "the new bytes are reserved")
    }
  }

  /// Every way in which the kernel may cut a vectored write of six small parts.
  @Test func aVectoredWriteIsContinuedWhereverItIsCut() throws {
    let parts: [[UInt8]] = [[], [1], [2, 3], [], [4, 5, 6], [7]]
    for cuts in 0..<128 {
      let real = real
      let call = Counter()
      var calls = real
      unsafe calls.writeGathering = { descriptor, parts, offset in
        // Bit i of `cuts`: whether the i-th call moves one byte only, or two.
        let limit = 1 + (cuts >> (call.next() - 1)) & 1
        var left = limit
        var first = unsafe parts
        for index in unsafe first.indices {
          unsafe first[index] = unsafe UnsafeRawBufferPointer(rebasing: first[index].prefix(left))
          left -= unsafe first[index].count
        }
        return unsafe real.writeGathering(descriptor, first, offset)
      }
      let storage = try directory.storage(calls)
      let file = try storage.open("a", .createNew)
      try unsafe Array(parts.joined()).withUnsafeBytes { bytes in
        var pointers: [UnsafeRawBufferPointer] = unsafe []
        var start = 0
        for part in parts {
          unsafe pointers.append(UnsafeRawBufferPointer(rebasing: bytes[start..<start + part.count]))
          start += part.count
        }
        try unsafe file.write(gathering: pointers, at: 2)
      }
      #expect(try file.read(20, at: 0) == [0, 0, 1, 2, 3, 4, 5, 6, 7], "cuts \(cuts)")
      try storage.remove("a")
    }
  }
}
