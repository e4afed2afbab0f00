/// The directory of a checkout, to which the paths of its sources are shown relative.
public struct SourceRoot: Hashable, Sendable {
  /// The absolute path, without a slash at the end.
  public let path: String

  /// The checkout that this library was built from. A release knows its sources by their paths in the checkout alone, and
  /// nothing of the machine that built it.
  #if RELEASED
    public static let checkout = SourceRoot(path: ".")
  #else
    public static let checkout = SourceRoot(ofSourceFile: #filePath)
  #endif

  /// A root at a known directory.
  public init(path: String) {
    var path = Substring(path)
    while path.hasSuffix("/") { path.removeLast() }
    self.path = String(path)
  }

  /// The root of the package that a source file belongs to: the directory above its last `Sources` or `Tests`
  /// directory, as the package manager lays packages out; else the file's own directory.
  ///
  /// - Parameter file: An absolute path. Where it is left out, the file that makes the call.
  public init(ofSourceFile file: String = #filePath) {
    let components = file.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let package = components.lastIndex { $0 == "Sources" || $0 == "Tests" }
    self.init(path: components[..<(package ?? components.endIndex)].joined(separator: "/"))
  }

  /// The path of a file below this root, relative to it; nil for any other file.
  public func relativePath(of file: String) -> String? {
    let prefix = path + "/"
    guard file.hasPrefix(prefix) else { return nil }
    return String(file.dropFirst(prefix.count))
  }
}
