public import PersistentMemory
internal import SeededRandom

/// What every `PersistentMemory` promises, as named checks: one suite for real memory and for the memory that can lie.
///
/// A check is given a storage without files, and throws a `ConformanceFailure` where a promise is broken. With Swift Testing:
///
///     @Test(arguments: PersistentMemoryConformance.checks)
///     func conforms(_ check: PersistentMemoryConformance.Check) throws {
///       try check.run(on: makeEmptyStorage())
///     }
public enum PersistentMemoryConformance {
  /// One promise.
  public struct Check: Sendable, CustomStringConvertible {
    /// The promise in a few words.
    public let name: String
    private let body: @Sendable (any PersistentStorage) throws -> Void

    init(_ name: String, _ body: @escaping @Sendable (any PersistentStorage) throws -> Void) {
      self.name = name
      self.body = body
    }

    /// Runs the check on a storage without files, and leaves files there.
    ///
    /// - Throws: `ConformanceFailure` for a broken promise, `StorageError` where a call failed that should not have.
    public func run(on storage: any PersistentStorage) throws { try body(storage) }

    public var description: String { name }
  }

  public static let checks: [Check] = loadAndStoreChecks + mappingChecks

  /// Random stores, copies, flushes and fences, each held against an array: `seed` decides them.
  public static func compare(
    with storage: any PersistentStorage, operations: Int, seed: UInt64
  ) throws {
    var random = SplitMix64(seed: seed)
    let length = 1024
    let memory = try storage.memory("random", length: length)
    var expected = [UInt8](repeating: 0, count: length)
    for number in 0..<operations {
      switch random.below(6) {
      case 0, 1:
        let byteCount = 1 << random.below(4)
        let offset = random.below(length / byteCount) * byteCount
        let value = random.next()
        memory.store(value, byteCount: byteCount, at: offset)
        for index in 0..<byteCount {
          expected[offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
        }
      case 2:
        let offset = random.below(length)
        let bytes = (0..<random.below(min(200, length - offset) + 1)).map { _ in
          UInt8(truncatingIfNeeded: random.next())
        }
        memory.copy(bytes, at: offset)
        expected.replaceSubrange(offset..<offset + bytes.count, with: bytes)
      case 3:
        let offset = random.below(length)
        memory.flush(offset, length: random.below(length - offset + 1))
      case 4: try memory.fence()
      default:
        let byteCount = 1 << random.below(4)
        let offset = random.below(length / byteCount) * byteCount
        let wanted = (0..<byteCount).reduce(UInt64(0)) {
          $0 | UInt64(expected[offset + $1]) << UInt64(8 * $1)
        }
        try expectEqual(memory.load(byteCount: byteCount, at: offset), wanted, "load \(number) at \(offset)")
      }
      if number % 16 == 0 { try expectEqual(memory.contents(), expected, "contents after call \(number)") }
    }
    try expectEqual(memory.contents(), expected, "contents in the end")
    memory.close()
    let again = try storage.map("random")
    try expectEqual(again.contents(), expected, "contents when mapped again")
  }
}

/// A promise of `PersistentMemory` that does not hold, in words.
public struct ConformanceFailure: Error, CustomStringConvertible {
  /// What was expected and what came instead.
  public var description: String

  init(_ description: String) { self.description = description }
}

/// Fails unless `actual` is `expected`.
func expectEqual<Value: Equatable>(
  _ actual: Value, _ expected: Value, _ what: String, line: Int = #line, file: String = #fileID
) throws {
  guard actual != expected else { return }
  throw ConformanceFailure("\(what): expected \(expected), got \(actual) (\(file):\(line))")
}
