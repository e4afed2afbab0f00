/// Figures as a reader likes them.
enum Figure {
  /// A number with a comma between each three digits.
  static func grouped(_ number: Int) -> String {
    (number < 0 ? "-" : "") + grouped(digits: "\(number.magnitude)")
  }

  /// The same for the decimal digits of a number that no integer holds.
  static func grouped(digits: String) -> String {
    let digits = Array(digits)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return text
  }

  /// Seconds with one digit behind the point.
  static func seconds(_ seconds: Double) -> String {
    let tenths = Int((seconds * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }

  /// Rows of cells as lines with aligned columns: the first to the left, the others to the right.
  static func table(_ rows: [[String]]) -> [String] {
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
