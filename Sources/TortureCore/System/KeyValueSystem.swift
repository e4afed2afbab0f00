public import Storage

/// A store of keys and values, as `KeyValueSystem` tortures it.
///
/// Threading: one thread at a time.
public protocol KeyValueStoreUnderTest: AnyObject, SendableMetatype {
  /// Creates what the store needs on an empty disk, or completes a creation that was cut off. Durable on return.
  static func create(on storage: any Storage) throws

  /// Opens what is on the disk, and recovers. An error is a recovery that failed.
  static func open(on storage: any Storage) throws -> Self

  /// The value of `key`; nil where it has none.
  func value(of key: String) throws -> [UInt8]?

  /// Stores all of the values, or after a crash none of them. Durable on return.
  func put(_ values: [(key: String, value: [UInt8])]) throws

  /// Closes in order. By default, does nothing.
  func close() throws
}

extension KeyValueStoreUnderTest {
  public func close() throws {}
}

/// A store of keys and values as a system under test.
///
/// What a scenario calls a segment is cut into blocks, each the value of a key: `accounts/3` is the fourth block of the
/// segment `accounts`. A transaction's stores are gathered, and put together when it commits; an aborted one leaves
/// nothing. Every commit is durable when it returns.
public final class KeyValueSystem<Store: KeyValueStoreUnderTest>: SystemUnderTest {
  private let store: Store
  private let segments: [SegmentOptions]
  private let blockLength: Int
  /// What the open transaction has stored.
  private var batch: [Block: [UInt8]] = [:]

  private struct Block: Hashable, Comparable {
    var segment: Int
    var number: Int

    static func < (left: Block, right: Block) -> Bool {
      (left.segment, left.number) < (right.segment, right.number)
    }
  }

  public static var options: [SystemOption] {
    [
      .integer(
        "value_length", of: [64, 128, 512, 1024, 4096], default: 128, "The length of a value in bytes.")
    ]
  }

  public static func create(on storage: any Storage, for _: Scenario) throws {
    try Store.create(on: storage)
  }

  public static func open(on storage: any Storage, for scenario: Scenario) throws -> Self {
    Self(try Store.open(on: storage), scenario)
  }

  private init(_ store: Store, _ scenario: Scenario) {
    self.store = store
    segments = scenario.segments
    blockLength = scenario.system.integer("value_length")
  }

  public func perform(_ operation: Operation) throws {
    switch operation {
    case .begin, .abort, .drop: batch = [:]
    case .write(_, let segment, let offset, let bytes):
      for (place, byte) in zip(offset..., bytes) {
        let block = Block(segment: segment, number: place / blockLength)
        var value = try batch[block] ?? value(of: block)
        value[place % blockLength] = byte
        batch[block] = value
      }
    case .commit:
      let puts = batch.sorted { $0.key < $1.key }.map { (key: key(of: $0.key), value: $0.value) }
      batch = [:]
      if !puts.isEmpty { try store.put(puts) }
    // Nothing waits for a flush, and what a store does with its log is its own business.
    case .flush, .truncate, .truncateStep, .remap, .reopen: break
    }
  }

  public func close() throws { try store.close() }

  public func readSegments(_ body: (_ segment: Int, _ bytes: RawSpan) -> Void) throws {
    for (segment, options) in segments.enumerated() {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(options.length)
      for number in 0..<options.length / blockLength {
        bytes += try value(of: Block(segment: segment, number: number))
      }
      unsafe body(segment, bytes.span.bytes)
    }
  }

  private func key(of block: Block) -> String { "\(segments[block.segment].name)/\(block.number)" }

  /// A block that was never put is all zeros.
  private func value(of block: Block) throws -> [UInt8] {
    let key = key(of: block)
    let value = try store.value(of: key) ?? [UInt8](repeating: 0, count: blockLength)
    guard value.count == blockLength else { throw WrongLength(key: key, length: value.count) }
    return value
  }
}

/// A store shows a value of another length than any that was put.
private struct WrongLength: Error, CustomStringConvertible {
  var key: String
  var length: Int
  var description: String { "the value of '\(key)' is \(length) bytes long, which no value is that was put" }
}
