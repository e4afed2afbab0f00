/// Text without what differs from one failure to a like one.
package enum MaskedText {
  /// Without numbers and addresses, and the blanks that they leave. A run of digits in a word becomes `#`; a colon and a
  /// number, as behind a file's name, are left out.
  package static func of(_ text: String) -> String {
    var words: [String] = []
    for word in text.utf8.split(separator: UInt8(ascii: " ")) {
      let isAddress = word.starts(with: "0x".utf8)
      let hasDigit = word.contains(where: isDigit)
      let hasLetter = word.contains { ($0 | 0x20) >= UInt8(ascii: "a") }
      if isAddress || (hasDigit && !hasLetter) { continue }
      words.append(hasDigit ? withoutNumbers(word) : String(decoding: word, as: UTF8.self))
    }
    return words.joined(separator: " ")
  }

  private static func withoutNumbers(_ word: Substring.UTF8View) -> String {
    var bytes: [UInt8] = []
    var isInNumber = false
    for byte in word {
      if isDigit(byte) {
        if !isInNumber {
          if bytes.last == UInt8(ascii: ":") { bytes.removeLast() } else { bytes.append(UInt8(ascii: "#")) }
        }
        isInNumber = true
      } else {
        bytes.append(byte)
        isInNumber = false
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
