/// A name made fit to be one part of a path.
///
/// Scenario names and identifiers come from files that anybody may have written. Only letters, digits, `-`, `_` and
/// `.` of ASCII stay, anything else becomes `_`; a leading `.` too, so neither `..` nor a hidden file can be meant;
/// and what is longer than `lengthMax` is cut. Different names can become equal: whoever uses them as file names has
/// to look whether the name is taken.
public enum SafeName {
  /// The longest name, in bytes.
  public static let lengthMax = 100

  /// The safe form of `name`; `unnamed` for an empty one.
  public static func make(_ name: String) -> String {
    var bytes: [UInt8] = []
    for scalar in name.unicodeScalars {
      guard bytes.count < lengthMax else { break }
      bytes.append(isAllowed(scalar) ? UInt8(scalar.value) : UInt8(ascii: "_"))
    }
    if bytes.first == UInt8(ascii: ".") { bytes[0] = UInt8(ascii: "_") }
    return bytes.isEmpty ? "unnamed" : String(decoding: bytes, as: UTF8.self)
  }

  /// Text made fit to be shown on a terminal: control characters, which could move the cursor or colour the rest,
  /// become `?`.
  public static func printable(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let isControl =
        scalar.properties.generalCategory == .control || scalar.value == 0x2028 || scalar.value == 0x2029
      scalars.append(isControl ? "?" : scalar)
    }
    return String(scalars)
  }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".": true
    default: false
    }
  }
}
