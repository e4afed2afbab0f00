import SystemPackage
import TextFiles

/// The part of a document that a command writes, between two marks.
enum DocumentPart {
  /// The marks of what `make rule` writes.
  static func marks(_ rule: String) -> (begin: String, end: String) {
    ("<!-- written by make \(rule): begin -->", "<!-- written by make \(rule): end -->")
  }

  /// Replaces the lines between the marks of the file at `path`.
  static func replace(in path: String, writtenBy rule: String, by lines: [String]) throws {
    let (begin, end) = marks(rule)
    let text = try TextFile.read(FilePath(path))
    let old = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let first = old.firstIndex(where: { $0 == begin }), let last = old.firstIndex(where: { $0 == end }),
      first < last
    else {
      throw FileAccessError(
        "put the table into", FilePath(path),
        because: "it has no lines '\(begin)' and '\(end)' for the table to go between")
    }
    let new = old[...first].map(String.init) + lines + [""] + old[last...].map(String.init)
    try FileTree.replace(FilePath(path), with: new.joined(separator: "\n"))
  }
}
