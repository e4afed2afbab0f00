/// What makes two failures the same: the kind of the violation and its place.
///
/// The place is the first byte that is wrong. A violation without one (a recovery that fails, a broken invariant) is
/// known by its sentence instead, with every number in it masked: numbers are what smaller operations change.
public struct FailureIdentity: Codable, Hashable, Sendable {
  var kind: Violation.Kind
  var segment: Int?
  var offset: Int?
  var sentence: String?

  /// The identity of `violation`.
  public init(_ violation: Violation) {
    kind = violation.kind
    segment = violation.segment
    offset = violation.offset
    sentence = violation.segment == nil ? Self.masked(violation.message) : nil
  }

  /// The text with each run of digits replaced by one `#`.
  static func masked(_ text: String) -> String {
    var masked = ""
    for character in text {
      let isDigit = character.isASCII && character.isNumber
      if !isDigit { masked.append(character) } else if masked.last != "#" { masked.append("#") }
    }
    return masked
  }
}

extension FailureIdentity: CustomStringConvertible {
  public var description: String {
    if let segment, let offset { return "\(kind.rawValue) at byte \(offset) of segment \(segment)" }
    return kind.rawValue
  }
}
