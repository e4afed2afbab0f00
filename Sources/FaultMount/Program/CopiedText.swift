/// Numbers and bytes, one after the other, as a process writes them for its copy.
struct CopiedText {
  private(set) var bytes: [UInt8]
  private var place = 0

  init(_ bytes: [UInt8] = []) {
    self.bytes = bytes
  }

  mutating func put(_ number: Int) {
    unsafe withUnsafeBytes(of: number) { unsafe bytes.append(contentsOf: $0) }
  }

  mutating func put(_ part: [UInt8]) {
    put(part.count)
    bytes += part
  }

  mutating func takeNumber() -> Int? {
    guard bytes.count - place >= 8 else { return nil }
    defer { place += 8 }
    return unsafe bytes[place..<place + 8].withUnsafeBytes { unsafe $0.loadUnaligned(as: Int.self) }
  }

  mutating func takeBytes() -> [UInt8]? {
    let begin = place
    guard let count = takeNumber(), count >= 0, bytes.count - place >= count else {
      place = begin
      return nil
    }
    defer { place += count }
    return Array(bytes[place..<place + count])
  }

  /// Drops what was taken.
  mutating func forgetTaken() {
    bytes.removeFirst(place)
    place = 0
  }
}
