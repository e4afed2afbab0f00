/// A name in a directory: bytes, as POSIX has it, not characters.
public struct FileName: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
  /// The longest name of a file, in bytes (NAME_MAX).
  public static let byteCountMax = 255

  public var bytes: [UInt8]

  public init(bytes: some Sequence<UInt8>) {
    self.bytes = Array(bytes)
  }

  public init(_ name: String) {
    bytes = Array(name.utf8)
  }

  public init(stringLiteral name: String) {
    self.init(name)
  }

  /// By bytes.
  public static func < (left: FileName, right: FileName) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }

  /// The name as text; bytes that are no UTF-8 are replaced.
  public var description: String { String(decoding: bytes, as: UTF8.self) }
}
