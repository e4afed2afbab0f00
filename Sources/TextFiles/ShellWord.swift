/// One word of a shell's command line.
package enum ShellWord {
  /// `text` as a shell takes it for one word: unchanged where that is safe, in single quotes otherwise.
  package static func quote(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy { scalar in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", "/", "+", ",", ":", "@", "%", "=": true
      default: false
      }
    }
    if isPlain && !text.isEmpty { return text }
    return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
