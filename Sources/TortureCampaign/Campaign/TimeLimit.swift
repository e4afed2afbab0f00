/// A length of time as the command line takes it: `90`, `90s`, `2m`, `1h30m`.
package struct TimeLimit: Hashable, Sendable, CustomStringConvertible {
  /// How long, in seconds; at least 1.
  package let seconds: Int

  /// The longest time that is taken: a thousand days, in seconds.
  package static let secondsMax = 86_400_000

  /// That many seconds, which must be 1 to `secondsMax`.
  package init(seconds: Int) {
    guard (1...Self.secondsMax).contains(seconds) else { fatalError("a time limit of \(seconds) s") }
    self.seconds = seconds
  }

  /// Reads `text`: whole numbers, each with `h`, `m` or `s`, the larger units first and each at most once; a number
  /// alone means seconds. Nil for anything else, for nothing, and for more than `secondsMax`.
  package init?(_ text: String) {
    var total = 0
    var number: Int?
    var lastUnit = Int.max
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        let value = (number ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
        guard value <= Self.secondsMax else { return nil }
        number = value
      case UInt8(ascii: "h"), UInt8(ascii: "m"), UInt8(ascii: "s"):
        let unit = byte == UInt8(ascii: "h") ? 3600 : byte == UInt8(ascii: "m") ? 60 : 1
        guard let value = number, unit < lastUnit else { return nil }
        total += value * unit
        lastUnit = unit
        number = nil
      default:
        return nil
      }
    }
    if let number {
      guard lastUnit == Int.max else { return nil }
      total = number
    }
    guard total >= 1, total <= Self.secondsMax else { return nil }
    seconds = total
  }

  package var description: String { Self.text(seconds: seconds) }

  /// `seconds` in the same form: `1h30m`, `45s`, `0s`.
  package static func text(seconds: Int) -> String {
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")]
    let text = parts.filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined()
    return text.isEmpty ? "0s" : text
  }
}
