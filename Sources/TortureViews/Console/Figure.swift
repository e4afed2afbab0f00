internal import BigInt

/// Figures as a reader likes them.
package enum Figure {
  /// A number with a comma between each three digits.
  package static func grouped(_ number: some BinaryInteger & CustomStringConvertible) -> String {
    let digits = Array("\(number.magnitude)")
    var text = number < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return text
  }

  /// A number and what it counts: `1 case`, `2 cases`.
  ///
  /// - Parameter plural: where it is not the word with an `s`.
  package static func count(_ number: Int, _ word: String, _ plural: String? = nil) -> String {
    "\(grouped(number)) \(number == 1 ? word : plural ?? word + "s")"
  }

  /// A number in few characters: one with more digits than `exactDigits` as its first two and its power of ten, such
  /// as `4.2e10`. Digits are left out, not rounded, so that it is never said to be more than it is.
  static func compact(_ number: BigUInt, exactDigits: Int = 7) -> String {
    let digits = String(number)
    guard digits.count > exactDigits else { return grouped(number) }
    return "\(digits.prefix(1)).\(digits.dropFirst().prefix(1))e\(digits.count - 1)"
  }

  /// Seconds with one digit behind the point.
  package static func seconds(_ seconds: Double) -> String {
    let tenths = Int((seconds * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }

  /// Rows of cells as lines with aligned columns: the first to the left, the others to the right.
  package static func table(_ rows: [[String]]) -> [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + padding : padding + cell
      }.joined(separator: "  ")
    }
  }
}
