import FaultFS
import Storage
import SystemPackage

/// What a cell is, in terms that need no recording.
enum CellKey: Hashable, Comparable {
  case sector(file: Int, Int)
  case size(file: Int)
  case entry(String)
  /// The entry of a name in a directory.
  case place(directory: Int, String)
  case attributes(file: Int)

  init(_ cell: Cell) {
    switch cell.kind {
    case .sector: self = .sector(file: cell.file ?? -1, cell.sector ?? -1)
    case .size: self = .size(file: cell.file ?? -1)
    case .entry:
      if let directory = cell.directory {
        self = .place(directory: directory, String(cell.name.split(separator: "/").last ?? ""))
      } else {
        self = .entry(cell.name)
      }
    case .attributes: self = .attributes(file: cell.file ?? -1)
    }
  }
}

/// A page cache in arrays, as plain as can be, that also says which cells each call changed and to what.
final class NaiveDisk: Storage, @unchecked Sendable {
  final class File {
    let number: Int
    var memory: [UInt8] = []
    var size = 0
    var lockHolder: ObjectIdentifier?

    init(_ number: Int) {
      self.number = number
    }

    func sector(_ index: Int, _ length: Int) -> [UInt8] {
      NaiveDisk.sector(of: memory, index, length)
    }
  }

  static func sector(of memory: [UInt8], _ index: Int, _ length: Int) -> [UInt8] {
    let start = min(index * length, memory.count)
    let present = memory[start..<min(start + length, memory.count)]
    return Array(present) + [UInt8](repeating: 0, count: length - present.count)
  }

  struct Call {
    var kind: FaultFS.Operation.Kind
    var changes: [CellKey: Cell.Value] = [:]
  }

  let sectorLength: Int
  private(set) var calls: [Call] = []
  private var entries: [String: File] = [:]
  private var fileCount = 0

  init(sectorLength: Int = 512) {
    self.sectorLength = sectorLength
  }

  func open(_ name: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile {
    try StorageName.check(name, .open)
    if let file = entries[name] {
      if mode == .createNew { throw StorageError(.open, name, .errno(.fileExists)) }
      return NaiveFile(self, file, name, isWritable: mode != .readOnly)
    }
    if mode == .readOnly || mode == .readWrite {
      throw StorageError(.open, name, .errno(.noSuchFileOrDirectory))
    }
    let file = File(fileCount)
    fileCount += 1
    entries[name] = file
    note(.create, [.entry(name): .file(file.number)])
    return NaiveFile(self, file, name, isWritable: true)
  }

  func rename(_ name: String, to newName: String) throws(StorageError) {
    try StorageName.check(name, .rename)
    try StorageName.check(newName, .rename)
    guard let file = entries[name] else { throw StorageError(.rename, name, .errno(.noSuchFileOrDirectory)) }
    if name == newName { return note(.rename) }
    entries[name] = nil
    entries[newName] = file
    note(.rename, [.entry(name): .file(nil), .entry(newName): .file(file.number)])
  }

  func remove(_ name: String) throws(StorageError) {
    try StorageName.check(name, .remove)
    guard entries[name] != nil else { throw StorageError(.remove, name, .errno(.noSuchFileOrDirectory)) }
    entries[name] = nil
    note(.remove, [.entry(name): .file(nil)])
  }

  func list(_ directory: String) throws(StorageError) -> [String] {
    try StorageName.checkDirectory(directory, .list)
    let prefix = directory.isEmpty ? "" : directory + "/"
    return entries.keys.filter { Self.directory(of: $0) == directory }.map {
      String($0.dropFirst(prefix.count))
    }
    .sorted()
  }

  func syncDirectory(_ directory: String) throws(StorageError) {
    try StorageName.checkDirectory(directory, .syncDirectory)
    note(.syncDirectory)
  }

  fileprivate func note(_ kind: FaultFS.Operation.Kind, _ changes: [CellKey: Cell.Value] = [:]) {
    calls.append(Call(kind: kind, changes: changes))
  }

  /// Sets the bytes of a file from `offset` on, zeros in the gap before them, and its size; what a call changes.
  fileprivate func change(
    _ file: File, _ kind: FaultFS.Operation.Kind, at offset: Int, _ bytes: [UInt8], size: Int
  ) {
    let before = file.memory
    let oldSize = file.size
    if file.memory.count < max(size, offset + bytes.count) {
      file.memory += [UInt8](repeating: 0, count: max(size, offset + bytes.count) - file.memory.count)
    }
    let newData = bytes.isEmpty ? max(size, oldSize) : offset
    if oldSize < newData { for index in oldSize..<newData { file.memory[index] = 0 } }
    for (index, byte) in bytes.enumerated() { file.memory[offset + index] = byte }
    var changes: [CellKey: Cell.Value] = [:]
    for index in 0..<(file.memory.count + sectorLength - 1) / sectorLength {
      let sector = file.sector(index, sectorLength)
      let isWritten =
        !bytes.isEmpty && index >= offset / sectorLength && index <= (offset + bytes.count - 1) / sectorLength
      if isWritten || sector != Self.sector(of: before, index, sectorLength) {
        changes[.sector(file: file.number, index)] = .bytes(sector)
      }
    }
    if size != oldSize { changes[.size(file: file.number)] = .size(size) }
    file.size = size
    note(kind, changes)
  }
}

private final class NaiveFile: StorageFile, @unchecked Sendable {
  let name: String
  private let disk: NaiveDisk
  private let file: NaiveDisk.File
  private let isWritable: Bool
  private var isClosed = false

  init(_ disk: NaiveDisk, _ file: NaiveDisk.File, _ name: String, isWritable: Bool) {
    self.disk = disk
    self.file = file
    self.name = name
    self.isWritable = isWritable
  }

  deinit {
    close()
  }

  private func check(
    _ operation: StorageError.Operation, _ offset: Int = 0, _ length: Int = 0, writes: Bool = false
  )
    throws(StorageError)
  {
    if isClosed { throw StorageError(operation, name, .closed) }
    if offset < 0 || length < 0 || offset > Int.max - length {
      throw StorageError(operation, name, .invalidOffset)
    }
    if writes && !isWritable { throw StorageError(operation, name, .errno(.badFileDescriptor)) }
  }

  func read(into buffer: inout MutableRawSpan, at offset: Int) throws(StorageError) -> Int {
    try check(.read, offset, buffer.byteCount)
    let count = max(0, min(buffer.byteCount, file.size - offset))
    for index in 0..<count {
      let byte = offset + index < file.memory.count ? file.memory[offset + index] : 0
      buffer.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
    }
    return count
  }

  func write(_ bytes: RawSpan, at offset: Int) throws(StorageError) {
    try check(.write, offset, bytes.byteCount, writes: true)
    let bytes = unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
    disk.change(
      file, .write, at: bytes.isEmpty ? 0 : offset, bytes,
      size: bytes.isEmpty ? file.size : max(file.size, offset + bytes.count))
  }

  @unsafe
  func write(gathering parts: [UnsafeRawBufferPointer], at offset: Int) throws(StorageError) {
    let bytes = unsafe parts.flatMap { unsafe [UInt8]($0) }
    try unsafe write(bytes.span.bytes, at: offset)
  }

  func size() throws(StorageError) -> Int {
    try check(.size)
    return file.size
  }

  func truncate(to size: Int) throws(StorageError) {
    try check(.truncate, 0, size, writes: true)
    disk.change(file, .truncate, at: 0, [], size: size)
  }

  func allocate(_ size: Int) throws(StorageError) {
    try check(.allocate, 0, size, writes: true)
    disk.change(file, .allocate, at: 0, [], size: max(size, file.size))
  }

  func sync(_ kind: SyncKind) throws(StorageError) {
    try check(.sync)
    switch kind {
    case .data: disk.note(.syncData)
    case .full: disk.note(.syncFull)
    }
  }

  func lockExclusively() throws(StorageError) {
    try check(.lock)
    if let holder = file.lockHolder, holder != ObjectIdentifier(self) {
      throw StorageError(.lock, name, .locked)
    }
    file.lockHolder = ObjectIdentifier(self)
  }

  func close() {
    isClosed = true
    if file.lockHolder == ObjectIdentifier(self) { file.lockHolder = nil }
  }
}
