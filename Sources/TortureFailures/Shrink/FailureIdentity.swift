package import TortureCore

/// What makes two failures the same: the kind of the violation and its place.
///
/// The place is the first byte that is wrong. A violation without one (a recovery that fails, a broken invariant) is
/// known by its sentence instead, with every number in it masked: numbers are what smaller operations change.
package struct FailureIdentity: Codable, Hashable, Sendable {
  package var kind: Violation.Kind
  package var segment: Int?
  package var offset: Int?
  package var sentence: String?

  /// The identity of `violation`.
  package init(_ violation: Violation) {
    kind = violation.kind
    segment = violation.segment
    offset = violation.offset
    // Which threads wait for which lock is what a smaller run changes.
    let isStop = kind == .deadlock || kind == .livelock
    sentence = violation.segment == nil && !isStop ? Self.masked(violation.message) : nil
  }

  /// The identity of failures of one cause, wherever they show: the kind alone, and of a failure that says itself what
  /// went wrong, its sentence.
  package init(ofCause violation: Violation) {
    self.init(violation)
    (segment, offset) = (nil, nil)
    switch kind {
    case .recoveryFailed, .operationFailed: break
    default: sentence = nil
    }
  }

  /// Whether `violation` is that failure.
  package func matches(_ violation: Violation) -> Bool {
    var other = FailureIdentity(violation)
    if segment == nil && sentence == nil { other = FailureIdentity(ofCause: violation) }
    return self == other
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
  package var description: String {
    if let segment, let offset { return "\(kind.rawValue) at byte \(offset) of segment \(segment)" }
    return kind.rawValue
  }
}
