/// Text made fit for a markup language: what would be markup is escaped, and control characters, which XML has no way
/// to write, become `?`.
enum MarkupText {
  /// For XML and HTML, in text and between quotation marks.
  static func xml(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      case "\n", "\t": escaped.unicodeScalars.append(scalar)
      default: escaped.unicodeScalars.append(isShown(scalar) ? scalar : "?")
      }
    }
    return escaped
  }

  /// For GitHub's Markdown, in a line of text or a cell of a table.
  static func markdown(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", " ", ".", ",", "-", "/", ":", ";", "(", ")", "%", "=", "+":
        escaped.unicodeScalars.append(scalar)
      case _ where scalar.isASCII && isShown(scalar):
        escaped += "&#\(scalar.value);"
      default:
        escaped.unicodeScalars.append(isShown(scalar) ? scalar : "?")
      }
    }
    return escaped
  }

  /// Whether XML 1.0 may hold the character, and it moves nothing on a page: no controls, no marks of direction.
  static func isShown(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7f..<0xa0, 0xfffe, 0xffff, 0x2028, 0x2029, 0x200e, 0x200f, 0x202a...0x202e,
      0x2066...0x2069:
      false
    default: true
    }
  }
}
