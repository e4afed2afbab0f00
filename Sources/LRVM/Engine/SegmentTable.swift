import Storage

/// The segments that the log names, by the index that records use.
///
/// A file is opened and locked when it is first needed, and closed once it is not mapped and the log holds nothing for it.
/// A name that nothing needs any more may go, so that another one finds room; its place stays, as a hole, since the places
/// of others are their numbers in records.
struct SegmentTable {
  private(set) var entries: [StatusBlock.Segment]
  private var files: [(any StorageFile)?]

  init(_ entries: [StatusBlock.Segment]) {
    self.entries = entries
    files = Array(repeating: nil, count: entries.count)
  }

  func index(of name: String) -> Int? { entries.firstIndex { $0.name == name } }

  /// Makes a segment known whose name is in a durable status block.
  mutating func add(_ segment: StatusBlock.Segment, _ file: any StorageFile, at index: Int) {
    if index == entries.count {
      entries.append(segment)
      files.append(file)
    } else {
      (entries[index], files[index]) = (segment, file)
    }
  }

  /// Where another name goes.
  var freeIndex: Int { entries.firstIndex(of: .hole) ?? entries.count }

  /// Forgets the names at these places.
  mutating func forget(_ indices: [Int]) {
    for index in indices {
      close(index)
      entries[index] = .hole
    }
  }

  mutating func close(_ index: Int) {
    files[index]?.close()
    files[index] = nil
  }

  func isOpen(_ index: Int) -> Bool { files[index] != nil }

  /// Remembers that a segment grew since it was first mapped.
  mutating func setLength(_ index: Int, _ length: Int) { entries[index].length = length }

  /// The open file of a segment that the log names; it must be as long as the log knows it.
  ///
  /// - Parameter isToBeChecked: whether its length is checked again where it is open already: somebody may have cut it short.
  mutating func file(
    _ index: Int, on storage: any Storage, isToBeChecked: Bool = false
  ) throws(RVMError) -> any StorageFile {
    if let file = files[index] {
      if isToBeChecked { try check(try Self.length(of: file), index) }
      return file
    }
    let (file, length) = try Self.open(entries[index].name, on: storage)
    try check(length, index)
    files[index] = file
    return file
  }

  private func check(_ length: Int, _ index: Int) throws(RVMError) {
    if length < entries[index].length { throw Self.tooShort(entries[index], length) }
  }

  static func tooShort(_ segment: StatusBlock.Segment, _ length: Int) -> RVMError {
    .segmentUnusable(
      segment: segment.name,
      reason: "it is \(length) bytes long, but the log expects \(segment.length); restore it from a backup")
  }

  private static func length(of file: any StorageFile) throws(RVMError) -> Int {
    do { return try file.size() } catch {
      throw .segmentUnusable(segment: file.name, reason: "\(error)")
    }
  }

  static func open(_ name: String, on storage: any Storage) throws(RVMError) -> (any StorageFile, length: Int)
  {
    do {
      let file = try storage.open(name, .readWrite)
      // Another log, or another process, would write to it without a sign in this log.
      try file.lockExclusively()
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
