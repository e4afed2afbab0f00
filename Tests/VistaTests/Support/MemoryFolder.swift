import Foundation
import PersistentMemory

/// A directory in memory of a test's own, removed with it.
final class MemoryFolder {
  let path: String

  init() throws {
    path = URL(filePath: "/dev/shm").appending(path: "vista-test-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func storage(
    permanence: MappedMemory.Permanence? = nil, isProtected: Bool = false
  ) throws -> MappedStorage {
    try MappedStorage(directory: path, permanence: permanence, isProtected: isProtected)
  }

  func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: path + "/" + name)))
  }

  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(filePath: path + "/" + name))
  }
}

extension [UInt8] {
  /// Puts a word at a place, little-endian.
  mutating func put(_ word: UInt64, at offset: Int) {
    for index in 0..<8 { self[offset + index] = UInt8(truncatingIfNeeded: word >> UInt64(8 * index)) }
  }

  func word(at offset: Int) -> UInt64 {
    (0..<8).reduce(UInt64(0)) { $0 | UInt64(self[offset + $1]) << UInt64(8 * $1) }
  }
}
