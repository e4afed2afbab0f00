import Storage

/// The segments that the log names, by the index that records use. Files are opened when first needed.
struct SegmentTable {
  private(set) var entries: [StatusBlock.Segment]
  private var files: [(any StorageFile)?]

  init(_ entries: [StatusBlock.Segment]) {
    self.entries = entries
    files = Array(repeating: nil, count: entries.count)
  }

  func index(of name: String) -> Int? { entries.firstIndex { $0.name == name } }

  mutating func append(_ segment: StatusBlock.Segment, _ file: any StorageFile) {
    entries.append(segment)
    files.append(file)
  }

  /// Remembers that a segment grew since it was first mapped.
  mutating func setLength(_ index: Int, _ length: Int) { entries[index].length = length }

  /// The open file of a segment that the log names; it must be as long as the log knows it.
  mutating func file(_ index: Int, on storage: any Storage) throws(RVMError) -> any StorageFile {
    if let file = files[index] { return file }
    let (file, length) = try Self.open(entries[index].name, on: storage)
    guard length >= entries[index].length else {
      throw .segmentUnusable(
        segment: entries[index].name,
        reason:
          "it is \(length) bytes long, but the log knows it with \(entries[index].length); restore it from a backup"
      )
    }
    files[index] = file
    return file
  }

  static func open(_ name: String, on storage: any Storage) throws(RVMError) -> (any StorageFile, length: Int)
  {
    do {
      let file = try storage.open(name, .readWrite)
      return (file, try file.size())
    } catch {
      throw .segmentUnusable(segment: name, reason: "\(error)")
    }
  }

  mutating func closeAll() {
    for file in files { file?.close() }
    files = Array(repeating: nil, count: entries.count)
  }
}
