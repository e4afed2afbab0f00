import CCallStack
import Glibc

/// Names of functions as a person reads them.
///
/// The Swift runtime's demangler spells a name out in full: `closure #1 (Swift.Int) -> Swift.Bool in
/// LRVM.LogWriter.flush(upTo: Swift.Int) throws -> ()`. A stack needs less: `closure #1 in LogWriter.flush(upTo:)`.
/// What is dropped: the module, the types of parameters and results, effects, generic parameters, and the prefixes
/// that tell how the optimizer derived the function. A name that does not follow the usual form stays in full.
package enum SymbolName {
  /// The short form of a linkage name; the name itself if it is neither of Swift nor of C++.
  package static func readable(_ linkageName: String) -> String {
    demangled(linkageName).map(shortened) ?? itanium(linkageName) ?? linkageName
  }

  /// The module that declares a function, by its linkage name; nil where that is not a Swift one, or does not say.
  package static func module(_ linkageName: String) -> String? {
    guard let demangled = demangled(linkageName) else { return nil }
    var name = Substring(demangled)
    while let derived = withoutDerivation(name) { name = derived }
    // Of a closure in a function the module is the function's.
    guard var part = split(name, at: " in ")?.last else { return nil }
    if let start = part.firstRange(of: "(extension in "),
      let end = part[start.upperBound...].firstIndex(of: ")")
    {
      return String(part[start.upperBound..<end])
    }
    if let list = part.firstIndex(where: { $0 == "(" || $0 == "<" }) { part = part[..<list] }
    let path = part.split(separator: " ").last { $0.contains(".") } ?? ""
    return path.firstIndex(of: ".").map { String(path[..<$0]) }
  }

  /// The full form of a Swift linkage name, or nil for another language's.
  static func demangled(_ linkageName: String) -> String? {
    guard
      let demangled = unsafe swift_demangle(linkageName, linkageName.utf8.count, nil, nil, 0)
    else { return nil }
    defer { unsafe free(demangled) }
    return unsafe String(cString: demangled)
  }

  /// The short form of a demangled name.
  package static func shortened(_ demangled: String) -> String {
    var name = Substring(demangled)
    while let derived = withoutDerivation(name) { name = derived }
    guard let parts = split(name, at: " in ") else { return demangled }
    return parts.map(shortenedPart).joined(separator: " in ")
  }

  /// Drops `generic specialization <Swift.Int> of ` and its like, and `merged `.
  private static func withoutDerivation(_ name: Substring) -> Substring? {
    if name.hasPrefix("merged ") { return name.dropFirst("merged ".count) }
    guard let bracket = name.firstIndex(of: "<"), name[..<bracket].hasSuffix("specialization ") else {
      return nil
    }
    if let end = closing(of: bracket, in: name), name[end...].hasPrefix("> of ") {
      return name[end...].dropFirst("> of ".count)
    }
    // Of a closure that the optimizer propagated the demangler opens a bracket that it does not close. What stands
    // there names the closure in its mangled form, so the next end is the end.
    return name.firstRange(of: "> of ").map { name[$0.upperBound...] }
  }

  private static func shortenedPart(_ part: Substring) -> String {
    if part.hasPrefix("closure #") || part.hasPrefix("implicit closure #") {
      let number = part.firstIndex(of: "#") ?? part.startIndex
      return String(part[..<(part[number...].firstIndex(of: " ") ?? part.endIndex)])
    }
    var text = part
    for end in [" -> ", " throws", " async", " : "] {
      text = split(text, at: end)?.first ?? text
    }
    var result = ""
    var rest = text
    while let bracket = rest.firstIndex(where: { $0 == "(" || $0 == "<" }) {
      guard let end = closing(of: bracket, in: rest) else { return String(part) }
      result += rest[..<bracket]
      let inner = rest[rest.index(after: bracket)..<end]
      if rest[bracket] == "(" { result += shortenedParentheses(inner) }
      rest = rest[rest.index(after: end)...]
      // `(extension in Module):Other.Type`
      if rest.hasPrefix(":") { rest.removeFirst() }
    }
    result += rest
    for fixity in [" infix", " prefix", " postfix"] where result.contains(fixity + "(") {
      result = split(Substring(result), at: fixity).map { $0.joined() } ?? result
    }
    return withoutModule(result)
  }

  /// Parentheses hold a private name with its file's discriminator, where an extension stands, or parameters.
  private static func shortenedParentheses(_ inner: Substring) -> String {
    if inner.hasPrefix("extension in ") { return "" }
    if let parts = split(inner, at: " in _"), parts.count == 2 { return String(parts[0]) }
    let parameters = inner.isEmpty ? [] : split(inner, at: ", ") ?? []
    let labels = parameters.map { parameter in
      let label = split(parameter, at: ": ").flatMap { $0.count > 1 ? $0[0] : nil } ?? "_"
      return label.contains(" ") ? "_:" : "\(label):"
    }
    return "(\(labels.joined()))"
  }

  /// Drops the module, the first component of the path that follows the last space.
  private static func withoutModule(_ name: String) -> String {
    let list = name.firstIndex(of: "(") ?? name.endIndex
    let start = name[..<list].lastIndex(of: " ").map { name.index(after: $0) } ?? name.startIndex
    guard let dot = name[start..<list].firstIndex(of: "."), name.index(after: dot) < list else {
      return name
    }
    return String(name[..<start] + name[name.index(after: dot)...])
  }

  // MARK: Brackets

  /// Splits at a separator outside of all brackets; nil if the brackets do not match, as with an operator `<`.
  private static func split(_ text: Substring, at separator: String) -> [Substring]? {
    var parts: [Substring] = []
    var start = text.startIndex
    var index = text.startIndex
    while index < text.endIndex {
      if text[index...].hasPrefix(separator) {
        parts.append(text[start..<index])
        index = text.index(index, offsetBy: separator.count)
        start = index
      } else if "(<[".contains(text[index]) {
        guard let end = closing(of: index, in: text) else { return nil }
        index = text.index(after: end)
      } else {
        index = text.index(after: index)
      }
    }
    return parts + [text[start...]]
  }

  /// The bracket that closes the one at `opening`; nil if there is none. The `>` of an arrow closes nothing.
  private static func closing(of opening: Substring.Index, in text: Substring) -> Substring.Index? {
    var expected: [Character] = []
    var previous: Character = " "
    for index in text[opening...].indices {
      switch text[index] {
      case "(": expected.append(")")
      case "<": expected.append(">")
      case "[": expected.append("]")
      case ">" where previous == "-": break
      case ")", ">", "]":
        guard expected.popLast() == text[index] else { return nil }
        if expected.isEmpty { return index }
      default: break
      }
      previous = text[index]
    }
    return nil
  }
}
