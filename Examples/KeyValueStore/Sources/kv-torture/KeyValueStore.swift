import Storage
import Torture

/// A key-value store in one file, which only ever grows: a record for each batch of puts. All values are in memory.
///
/// A record is the length of its body (4 bytes), the body's checksum (8), and the body: for each put the key (4 bytes
/// each for segment and block) and the value.
class KeyValueStore: SystemUnderTest {
  private struct Key: Hashable { var segment, block: Int }

  private static let name = "store.kv"
  private static let valueLength = 128
  private let file: any StorageFile
  private let segments: [SegmentOptions]
  private var end = 0
  private var values: [Key: [UInt8]] = [:]
  private var batch: [Key: [UInt8]] = [:]

  class func create(on storage: any Storage, for scenario: Scenario) throws {
    try storage.open(name, .createOrOpen).sync(.full)
    // Missing: without a sync of the directory the file may be gone after a crash.
  }

  static func open(on storage: any Storage, for scenario: Scenario) throws -> Self {
    try Self(storage.open(name, .createOrOpen), scenario.segments)
  }

  required init(_ file: any StorageFile, _ segments: [SegmentOptions]) throws {
    self.file = file
    self.segments = segments
    while let body = try record(at: end) {
      for put in stride(from: 0, to: body.count, by: 8 + Self.valueLength) {
        let key = Key(segment: number(body[put..<put + 4]), block: number(body[put + 4..<put + 8]))
        values[key] = Array(body[put + 8..<put + 8 + Self.valueLength])
      }
      end += 12 + body.count
    }
  }

  func perform(_ operation: Operation) throws {
    switch operation {
    case .begin, .abort, .drop: batch = [:]
    case .write(_, let segment, let offset, let bytes):
      for (position, byte) in zip(offset..., bytes) {
        let key = Key(segment: segment, block: position / Self.valueLength)
        batch[key, default: value(of: key)][position % Self.valueLength] = byte
      }
    case .commit: try commit()
    case .flush, .truncate, .truncateStep, .remap, .reopen: break  // Nothing waits, and nothing is cut off.
    }
  }

  func readSegments(_ body: (_ segment: Int, _ bytes: RawSpan) -> Void) {
    for (segment, options) in segments.enumerated() {
      let blocks = 0..<options.length / Self.valueLength
      let bytes = blocks.flatMap { value(of: Key(segment: segment, block: $0)) }
      body(segment, bytes.span.bytes)
    }
  }

  private func value(of key: Key) -> [UInt8] {
    values[key] ?? [UInt8](repeating: 0, count: Self.valueLength)
  }

  /// Writes the batch as one record, and returns once it is durable.
  private func commit() throws {
    let puts = batch.sorted { ($0.key.segment, $0.key.block) < ($1.key.segment, $1.key.block) }
    let body = puts.flatMap { bytes($0.key.segment, 4) + bytes($0.key.block, 4) + $0.value }
    if body.isEmpty { return }
    try file.write(bytes(body.count, 4) + bytes(checksum(body), 8) + body, at: end)
    try file.sync(.data)
    end += 12 + body.count
    values.merge(batch) { _, new in new }
  }

  /// The body of the record that begins at `offset`; nil where there is none, or a torn one.
  private func record(at offset: Int) throws -> [UInt8]? {
    let head = try file.read(12, at: offset)
    let length = number(head.prefix(4))
    guard head.count == 12, length > 0, try file.size() - offset - 12 >= length else { return nil }
    let body = try file.read(length, at: offset + 12)
    return number(head.dropFirst(4)) == checksum(body) ? body : nil
  }
}

private func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reversed().reduce(0) { $0 << 8 | Int($1) } }

private func bytes(_ number: Int, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
}

private func checksum(_ bytes: [UInt8]) -> Int {
  bytes.reduce(1_469_598_103) { ($0 ^ Int($1)) &* 1_099_511_628_211 }
}
