internal import PersistentMemory
internal import Storage
internal import SystemPackage

extension PersistentMemoryConformance {
  static let loadAndStoreChecks: [Check] = [
    Check("memory is the file's bytes, zeros where nothing was written") { storage in
      let file = try storage.open("a", .createNew)
      try file.allocate(4096)
      let bytes: [UInt8] = [1, 2, 3]
      try unsafe file.write(bytes.span.bytes, at: 5)
      file.close()
      let memory = try storage.map("a")
      try expectEqual(memory.length, 4096, "length")
      try expectEqual(Array(memory.contents()[4..<9]), [0, 1, 2, 3, 0], "contents")
    },
    Check("a store of 1, 2, 4 or 8 bytes changes these and no others") { storage in
      let memory = try storage.memory("a", length: 64)
      memory.copy([UInt8](repeating: 0xee, count: 64), at: 0)
      memory.store(UInt8(0x11), at: 3)
      memory.store(UInt16(0x2221), at: 8)
      memory.store(UInt32(0x3433_3231), at: 20)
      memory.store(UInt64(0x4847_4645_4443_4241), at: 40)
      var expected = [UInt8](repeating: 0xee, count: 64)
      expected[3] = 0x11
      expected.replaceSubrange(8..<10, with: [0x21, 0x22])
      expected.replaceSubrange(20..<24, with: [0x31, 0x32, 0x33, 0x34])
      expected.replaceSubrange(40..<48, with: 0x41...0x48)
      try expectEqual(memory.contents(), expected, "contents")
    },
    Check("a load returns what was stored, in each length") { storage in
      let memory = try storage.memory("a", length: 64)
      memory.store(UInt64(0x8877_6655_4433_2211), at: 8)
      try expectEqual(memory.load(UInt8.self, at: 9), 0x22, "1 byte")
      try expectEqual(memory.load(UInt16.self, at: 10), 0x4433, "2 bytes")
      try expectEqual(memory.load(UInt32.self, at: 12), 0x8877_6655, "4 bytes")
      try expectEqual(memory.load(UInt64.self, at: 8), 0x8877_6655_4433_2211, "8 bytes")
    },
    Check("a copy goes to any place, and to the last byte") { storage in
      let memory = try storage.memory("a", length: 4096)
      var expected = [UInt8](repeating: 0, count: 4096)
      for (offset, count) in [(1, 1), (7, 9), (60, 8), (63, 66), (1000, 777), (4095, 1), (4000, 96), (9, 0)] {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 + offset) }
        memory.copy(bytes, at: offset)
        expected.replaceSubrange(offset..<offset + count, with: bytes)
      }
      try expectEqual(memory.contents(), expected, "contents")
    },
    Check("flushes and fences change nothing that can be loaded") { storage in
      let memory = try storage.memory("a", length: 8192)
      memory.copy([1, 2, 3], at: 4094)
      try memory.fence()
      memory.flush(0, length: 0)
      memory.flush(4094, length: 3)
      memory.flush(8191, length: 1)
      try memory.fence()
      try memory.checkReadable(0, length: 8192)
      try expectEqual(Array(memory.contents()[4093..<4098]), [0, 1, 2, 3, 0], "contents")
    },
    Check("where memory has an address, it shows what was stored") { storage in
      let memory = try storage.memory("a", length: 64)
      memory.store(UInt64(77), at: 16)
      guard let bytes = unsafe memory.loadableBytes else { return }
      try unsafe expectEqual(bytes.load(fromByteOffset: 16, as: UInt64.self), 77, "the word at its address")
      guard let storable = unsafe memory.storableBytes else { return }
      unsafe storable.storeBytes(of: 78, toByteOffset: 16, as: UInt64.self)
      try expectEqual(memory.load(UInt64.self, at: 16), 78, "the word that was stored at its address")
    },
  ]

  static let mappingChecks: [Check] = [
    Check("what was stored and made permanent is there when the file is mapped again, and read") { storage in
      let memory = try storage.memory("a", length: 4096)
      memory.store(UInt64(0x0102_0304_0506_0708), at: 128)
      memory.flush(128, length: 8)
      try memory.fence()
      memory.close()
      try expectEqual(try storage.map("a").load(UInt64.self, at: 128), 0x0102_0304_0506_0708, "the word")
      let file = try storage.open("a", .readOnly)
      var bytes = [UInt8](repeating: 0, count: 8)
      var words = bytes.mutableSpan
      var span = unsafe words.mutableBytes
      _ = try file.read(into: &span, at: 128)
      try expectEqual(bytes, [8, 7, 6, 5, 4, 3, 2, 1], "the bytes of the file")
    },
    Check("a mapped file is locked until its memory is closed") { storage in
      let memory = try storage.memory("a", length: 64)
      try expectError(.map, "a", .locked) { _ = try storage.map("a") }
      memory.close()
      memory.close()
      _ = try storage.map("a")
    },
    Check("memory can be loaded from after it was closed") { storage in
      let memory = try storage.memory("a", length: 64)
      memory.store(UInt64(9), at: 0)
      memory.close()
      try expectEqual(memory.load(UInt64.self, at: 0), 9, "the word")
    },
    Check("an empty file, a missing one and a bad name are refused") { storage in
      try storage.open("empty", .createNew).close()
      try expectError(.map, "empty", .errno(.invalidArgument)) { _ = try storage.map("empty") }
      try expectErrno(.noSuchFileOrDirectory) { _ = try storage.map("missing") }
    },
    Check("two files are two memories") { storage in
      let (one, other) = (try storage.memory("a", length: 64), try storage.memory("b", length: 64))
      one.store(UInt64(1), at: 0)
      other.store(UInt64(2), at: 0)
      try expectEqual(one.load(UInt64.self, at: 0), 1, "the first")
      try expectEqual(other.load(UInt64.self, at: 0), 2, "the second")
    },
  ]
}

/// Fails unless `body` throws exactly this error.
func expectError(
  _ operation: StorageError.Operation, _ name: String, _ cause: StorageError.Cause, line: Int = #line,
  _ body: () throws -> Void
) throws {
  let expected = StorageError(operation, name, cause)
  do {
    try body()
  } catch let error as StorageError {
    guard error != expected else { return }
    throw ConformanceFailure("expected \"\(expected)\", got \"\(error)\" (line \(line))")
  }
  throw ConformanceFailure("expected \"\(expected)\", but the call succeeded (line \(line))")
}

/// Fails unless `body` throws a storage error with this errno.
func expectErrno(_ errno: Errno, line: Int = #line, _ body: () throws -> Void) throws {
  do {
    try body()
  } catch let error as StorageError {
    guard error.cause != .errno(errno) else { return }
    throw ConformanceFailure("expected \(errno), got \"\(error)\" (line \(line))")
  }
  throw ConformanceFailure("expected \(errno), but the call succeeded (line \(line))")
}

extension PersistentStorage {
  /// A new file of zeros, mapped.
  func memory(_ name: String, length: Int) throws -> any PersistentMemory {
    let file = try open(name, .createNew)
    try file.allocate(length)
    file.close()
    return try map(name)
  }
}

extension PersistentMemory {
  func contents() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: length)
    var all = bytes.mutableSpan
    var span = unsafe all.mutableBytes
    load(into: &span, at: 0)
    return bytes
  }

  func copy(_ bytes: [UInt8], at offset: Int) { unsafe copy(bytes.span.bytes, to: offset) }
}
