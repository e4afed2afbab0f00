import Storage

/// A file that begins as one of another program does.
///
/// A segment is nothing but its bytes, so any file of whole pages may be one. What is plainly something else is named for
/// what it is.
enum ForeignFile: String, CaseIterable {
  case vista = "RioVista"
  case sqlite = "SQLite format 3\0"
  case executable = "\u{7f}ELF"

  /// Nil where the file `name` is none of these.
  init?(_ name: String, on storage: any Storage) throws {
    let file = try storage.open(name, .readOnly)
    defer { file.close() }
    let bytes = try file.read(16, at: 0)
    guard let found = Self.allCases.first(where: { bytes.starts(with: $0.rawValue.utf8) }) else { return nil }
    self = found
  }

  var description: String {
    switch self {
    case .vista: "a log of Vista"
    case .sqlite: "an SQLite database"
    case .executable: "an executable"
    }
  }
}
