import CCallStack
import Glibc

extension SymbolName {
  /// A name of C++, or of Rust where it has the same form: `leveldb::DBImpl::Write`; nil for another language's.
  ///
  /// The demangler adds the parameters, which say little that the file and the line do not.
  static func itanium(_ linkageName: String) -> String? {
    guard linkageName.hasPrefix("_Z"),
      let demangled = unsafe __cxa_demangle(linkageName, nil, nil, nil)
    else { return nil }
    defer { unsafe free(demangled) }
    return withoutRustHash(withoutParameters(unsafe String(cString: demangled)))
  }

  /// Drops the last pair of parentheses, and what comes after it: ` const`, ` [clone .cold]`.
  static func withoutParameters(_ name: String) -> String {
    guard let last = name.lastIndex(of: ")") else { return name }
    // `(anonymous namespace)::f`: what follows is a part of the name.
    if name[last...].hasPrefix(")::") { return name }
    var depth = 0
    for index in name[...last].indices.reversed() {
      if name[index] == ")" { depth += 1 }
      if name[index] == "(" { depth -= 1 }
      if depth == 0 {
        return index == name.startIndex ? name : String(name[..<index])
      }
    }
    return name
  }

  /// Drops `::h0123456789abcdef`, which differs from build to build.
  private static func withoutRustHash(_ name: String) -> String {
    let parts = name.split(separator: "::", omittingEmptySubsequences: false)
    guard parts.count > 1, let hash = parts.last, hash.count == 17, hash.hasPrefix("h"),
      hash.dropFirst().allSatisfy(\.isHexDigit)
    else { return name }
    return String(name.dropLast(hash.count + 2))
  }
}
