import Foundation
import PersistentMemory
import PersistentMemoryConformance
import Storage
import Testing

/// The real memory, in every way in which it becomes permanent.
@Suite struct ConformanceTests {
  /// A way to map files.
  struct Way: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// Where a file system in memory is.
    var isInMemory: Bool
    var permanence: MappedMemory.Permanence?
    var isProtected = false
  }

  static let ways: [Way] = [
    Way(testDescription: "tmpfs", isInMemory: true),
    Way(testDescription: "a disk's file system, by pages", isInMemory: false, permanence: .pages),
    Way(testDescription: "tmpfs, protected", isInMemory: true, isProtected: true),
  ]

  @Test(arguments: PersistentMemoryConformance.checks, ways)
  func realMemoryConforms(_ check: PersistentMemoryConformance.Check, _ way: Way) throws {
    let folder = try Folder(isInMemory: way.isInMemory)
    try check.run(on: try folder.storage(way))
  }

  @Test(arguments: ways) func randomCallsAnswerLikeAnArray(_ way: Way) throws {
    for seed in 1...3 as ClosedRange<UInt64> {
      let folder = try Folder(isInMemory: way.isInMemory)
      try PersistentMemoryConformance.compare(
        with: try folder.storage(way), operations: way.isProtected ? 200 : 1000, seed: seed)
    }
  }

  @Test func checkNamesAreUnique() {
    let names = PersistentMemoryConformance.checks.map(\.name)
    #expect(Set(names).count == names.count)
  }
}

/// A directory of a test's own, removed with it.
final class Folder {
  let path: String

  init(isInMemory: Bool = true) throws {
    let parent = isInMemory ? URL(filePath: "/dev/shm") : FileManager.default.temporaryDirectory
    path = parent.appending(path: "memory-test-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func storage(_ way: ConformanceTests.Way) throws -> MappedStorage {
    try MappedStorage(directory: path, permanence: way.permanence, isProtected: way.isProtected)
  }
}
