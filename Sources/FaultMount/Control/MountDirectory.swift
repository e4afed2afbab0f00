internal import Foundation

/// What the table of mounts says of a directory.
struct MountDirectory {
  /// What the kernel calls mounts of this project.
  static let type = "fuse.lrvm-torture"

  /// What was mounted, as whoever mounted it calls it.
  var source: String
  var type: String

  /// The newest mount at the directory with the absolute path `path`; nil where nothing is mounted there.
  init?(at path: String) {
    guard let table = FileManager.default.contents(atPath: "/proc/self/mountinfo") else { return nil }
    self.init(at: path, in: String(decoding: table, as: UTF8.self))
  }

  /// The same, in the text of a table (proc(5), /proc/pid/mountinfo).
  init?(at path: String, in table: String) {
    for line in table.split(separator: "\n").reversed() {
      let fields = line.split(separator: " ").map { Self.unescaped($0) }
      guard fields.count > 4, fields[4] == path, let end = fields.firstIndex(of: "-"),
        fields.indices.contains(end + 2)
      else { continue }
      (type, source) = (fields[end + 1], fields[end + 2])
      return
    }
    return nil
  }

  /// A field without its escapes: a backslash and three octal digits stand for a byte.
  private static func unescaped(_ field: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(field.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), rest.count >= 3,
        let value = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
      {
        bytes.append(value)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
