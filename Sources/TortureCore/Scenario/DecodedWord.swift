/// Values that a scenario writes as one word, or else as a mapping.
extension Decoder {
  /// Whether the value is a word, which then has to be `word`; otherwise it is a mapping.
  func isWord(_ word: String) throws -> Bool {
    guard let found = try? singleValueContainer().decode(String.self) else { return false }
    guard found == word else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: codingPath, debugDescription: "expected \(word), found '\(found)'"))
    }
    return true
  }
}

extension Encoder {
  func encodeWord(_ word: String) throws {
    var container = singleValueContainer()
    try container.encode(word)
  }
}
