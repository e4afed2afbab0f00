/// The names of files: relative paths with `/` between their parts.
///
/// Names are taken apart by bytes: as characters, a `/` that is followed by a combining mark is no `/`.
public enum StorageName {
  /// Whether `name` may name a file: not empty, not absolute, no empty, `.` or `..` part, no zero byte.
  public static func isValid(_ name: String) -> Bool {
    if name.utf8.contains(0) { return false }
    return name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy {
      part in
      !part.isEmpty && !part.elementsEqual(".".utf8) && !part.elementsEqual("..".utf8)
    }
  }

  /// Whether `name` may name a directory: a valid name, or `""` for the root.
  public static func isValidDirectory(_ name: String) -> Bool {
    name.isEmpty || isValid(name)
  }

  /// The directory part of a name, to be synced for the name's entry: `""` for a name without `/`.
  public static func directory(of name: String) -> String {
    guard let slash = name.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return String(name[..<slash])
  }

  /// The check that each call of a `Storage` makes of a file's name before anything else.
  ///
  /// - Throws: `.invalidName`.
  public static func check(_ name: String, _ operation: StorageError.Operation) throws(StorageError) {
    guard isValid(name) else { throw StorageError(operation, name, .invalidName) }
  }

  /// The same for a directory's name.
  ///
  /// - Throws: `.invalidName`.
  public static func checkDirectory(_ name: String, _ operation: StorageError.Operation) throws(StorageError)
  {
    guard isValidDirectory(name) else { throw StorageError(operation, name, .invalidName) }
  }
}
