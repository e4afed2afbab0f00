public import Storage

/// What a segment file holds: a segment is nothing but its bytes, so that is how many, and where they are not zero.
public struct SegmentInspection: Codable, Hashable, Sendable {
  /// Pages side by side that are not all zero: from byte `start` to before `end`.
  public struct Run: Codable, Hashable, Sendable {
    public var start: Int
    public var end: Int
  }

  /// The file's name.
  public var name: String
  /// How long the file is, in bytes.
  public var length: Int
  /// Whether the length is a whole number of pages, as that of a segment is.
  public var isWholePages: Bool
  /// At most `runsMax` of them.
  public var runs: [Run] = []
  /// How many pages are not all zero.
  public var pagesInUse = 0

  /// This many runs are kept.
  public static let runsMax = 1000

  /// Reads the segment `name` on `storage`.
  public init(_ name: String, on storage: any Storage) throws(RVMError) {
    self.name = name
    do {
      let file = try storage.open(name, .readOnly)
      length = try file.size()
      isWholePages = length % RVM.pageLength == 0 && length > 0
      var buffer = ByteBuffer()
      var offset = 0
      while offset < length {
        try buffer.read(min(RVM.pageLength, length - offset), from: file, at: offset)
        guard buffer.count > 0 else { return }
        let count = buffer.count
        if !(0..<count).allSatisfy({ buffer.load(UInt8.self, at: $0) == 0 }) {
          pagesInUse += 1
          if runs.last?.end == offset {
            runs[runs.count - 1].end = offset + count
          } else if runs.count < Self.runsMax {
            runs.append(Run(start: offset, end: offset + count))
          }
        }
        offset += count
      }
    } catch {
      throw .storage(during: "reading the segment", error)
    }
  }
}
