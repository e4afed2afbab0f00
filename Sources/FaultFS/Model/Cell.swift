/// One thing that a crash can lose by itself, with a chain of versions.
///
/// Version 0 is the cell before the first operation that touched it. Each operation that touches the cell
/// appends one version, which holds the cell's whole new value: as in a page cache, a later version contains the
/// earlier ones.
public struct Cell: Hashable, Sendable {
  /// A cell's number in its timeline: cells are numbered in the order in which they were first touched.
  public struct ID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public var number: Int32

    public init(_ number: Int32) {
      self.number = number
    }

    public init(from decoder: any Decoder) throws {
      number = try decoder.singleValueContainer().decode(Int32.self)
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(number)
    }

    public static func < (left: ID, right: ID) -> Bool { left.number < right.number }

    public var description: String { "cell \(number)" }

    var index: Int { Int(number) }
  }

  public enum Kind: UInt8, Hashable, Sendable, BitwiseCopyable {
    /// One sector of a file; a write, and whatever grows the file over old bytes, makes a version.
    case sector
    /// A file's size; append, truncate and allocate make a version where the size changes.
    case size
    /// A directory entry; whatever gives or takes a name makes a version.
    case entry
    /// An object's permissions, owner, times and extended attributes. A change is kept from the moment its call
    /// returns, and is not there before: such a cell is never open.
    case attributes
  }

  /// What a cell holds in one version.
  public enum Value: Hashable, Sendable {
    /// The bytes of a sector.
    case bytes([UInt8])
    /// A file's size in bytes.
    case size(Int)
    /// The number of the file that a name stands for, or nil.
    case file(Int?)
    case attributes(FileAttributes)
  }

  public var id: ID
  public var kind: Kind
  /// The number of the file in its disk to which a sector, a size or attributes belong; nil for an entry.
  public var file: Int?
  /// The number of the directory's file that an entry of a tree is in; nil for other cells, and where directories are
  /// parts of names.
  public var directory: Int?
  /// The entry's name with its path. For others, the name by which the file was opened for the call that first
  /// touched the cell.
  public var name: String
  /// The sector's number in its file; nil for other cells.
  public var sector: Int?
  /// How many versions operations have made, so that versions are numbered `0...versionCount`.
  public var versionCount: Int
}
