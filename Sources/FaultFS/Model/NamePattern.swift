/// Patterns for the names of files: `*` stands for any characters, `?` for one, the rest for itself.
public enum NamePattern {
  /// Whether a name is one that the pattern stands for.
  public static func matches(_ pattern: String, _ name: String) -> Bool {
    let (pattern, name) = (Array(pattern.utf8), Array(name.utf8))
    var (place, position) = (0, 0)
    // Where to go on when the last star has to take one byte more.
    var retry: (place: Int, position: Int)?
    while position < name.count {
      if place < pattern.count && pattern[place] == UInt8(ascii: "*") {
        retry = (place + 1, position)
        place += 1
      } else if place < pattern.count
        && (pattern[place] == UInt8(ascii: "?") || pattern[place] == name[position])
      {
        place += 1
        position += 1
      } else if let last = retry {
        retry = (last.place, last.position + 1)
        (place, position) = (last.place, last.position + 1)
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
