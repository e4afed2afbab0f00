import Storage
import TortureCore

/// A key-value store in one file, which only ever grows: a record for each batch of puts. All values are in memory.
///
/// A record is the length of its body (4 bytes), the body's checksum (8), and the body: for each put the lengths of key and
/// value (4 bytes each), the key and the value.
class KeyValueStore: KeyValueStoreUnderTest {
  private static let name = "store.kv"
  private var file: any StorageFile
  private var end = 0
  private var values: [String: [UInt8]] = [:]

  class func create(on storage: any Storage) throws {
    try storage.open(name, .createOrOpen).sync(.full)
    // Missing: without a sync of the directory the file may be gone after a crash.
  }

  static func open(on storage: any Storage) throws -> Self {
    let store = try Self(storage.open(name, .createOrOpen))
    try store.rewrite(on: storage)
    return store
  }

  required init(_ file: any StorageFile) throws {
    self.file = file
    while let body = try record(at: end) {
      var rest = body[...]
      while !rest.isEmpty {
        let (keyLength, valueLength) = (number(rest.prefix(4)), number(rest.dropFirst(4).prefix(4)))
        rest = rest.dropFirst(8)
        let key = String(decoding: rest.prefix(keyLength), as: UTF8.self)
        values[key] = Array(rest.dropFirst(keyLength).prefix(valueLength))
        rest = rest.dropFirst(keyLength + valueLength)
      }
      end += 12 + body.count
    }
  }

  /// Puts a durable copy in the place of the file: after a sync that failed, the file may show what the disk does not have.
  private func rewrite(on storage: any Storage) throws {
    guard end > 0 else { return }
    let copy = try storage.open(Self.name + ".new", .createOrOpen)
    try copy.truncate(to: 0)
    try copy.write(file.read(end, at: 0), at: 0)
    try copy.sync(.full)
    try storage.rename(Self.name + ".new", to: Self.name)
    try storage.syncDirectory("")
    file = copy
  }

  func value(of key: String) -> [UInt8]? { values[key] }

  /// Writes the puts as one record, and returns once it is durable.
  func put(_ puts: [(key: String, value: [UInt8])]) throws {
    let body = puts.flatMap {
      bytes($0.key.utf8.count, 4) + bytes($0.value.count, 4) + $0.key.utf8 + $0.value
    }
    try file.write(bytes(body.count, 4) + bytes(checksum(body), 8) + body, at: end)
    try file.sync(.data)
    end += 12 + body.count
    for (key, value) in puts { values[key] = value }
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
