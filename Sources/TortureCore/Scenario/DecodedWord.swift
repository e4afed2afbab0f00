/// Values that a scenario writes as one word, or else as a mapping.
extension Decoder {
  /// The value where it is a word, which then has to be one of `words`; nil where it is a mapping.
  func word(of words: String...) throws -> String? {
    guard let found = try? singleValueContainer().decode(String.self) else { return nil }
    guard words.contains(found) else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: codingPath,
          debugDescription: "expected \(words.joined(separator: " or ")), found '\(found)'"))
    }
    return found
  }
}

extension Encoder {
  func encodeWord(_ word: String) throws {
    var container = singleValueContainer()
    try container.encode(word)
  }
}
