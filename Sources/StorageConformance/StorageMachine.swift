internal import Storage

/// A storage and a few open files, to which operations are applied one after the other.
struct StorageMachine {
  /// What a call came back with, errors included.
  enum Outcome: Equatable {
    case done
    case number(Int)
    case bytes([UInt8])
    case names([String])
    case failed(StorageError)
    /// The operation names a file that is not open.
    case notOpen
  }

  private let storage: any Storage
  private var files: [(any StorageFile)?] = Array(repeating: nil, count: OperationGenerator.slotCount)

  init(_ storage: any Storage) {
    self.storage = storage
  }

  mutating func apply(_ operation: Operation) throws -> Outcome {
    do {
      return try perform(operation)
    } catch let error as StorageError {
      return .failed(error)
    }
  }

  /// The bytes of every file that has a name, then of every open file.
  func contents() throws -> [(file: String, bytes: [UInt8])] {
    let named = try storage.list("").map { name in (file: "file '\(name)'", bytes: try storage.contents(name))
    }
    let open = try files.enumerated().compactMap { slot, file in
      try file.map { (file: "open file \(slot)", bytes: try $0.contents()) }
    }
    return named + open
  }

  /// - Throws: `StorageError`.
  private mutating func perform(_ operation: Operation) throws -> Outcome {
    switch operation {
    case .open(let slot, let name, let mode):
      let file = try storage.open(name, mode)
      files[slot]?.close()
      files[slot] = file
      return .done
    case .close(let slot):
      let outcome = on(slot) { $0.close() }
      files[slot] = nil
      return outcome
    case .read(let slot, let offset, let count):
      guard let file = files[slot] else { return .notOpen }
      return .bytes(try file.read(count, at: offset))
    case .examine(let slot, let offset, let count):
      guard let file = files[slot] else { return .notOpen }
      return .bytes(try file.examine(count, at: offset) { $0.array })
    case .write(let slot, let offset, let bytes):
      return try on(slot) { try $0.write(bytes, at: offset) }
    case .writeGathering(let slot, let offset, let parts):
      return try on(slot) { try $0.writeGathering(parts, at: offset) }
    case .writePlaced(let slot, let parts):
      return try on(slot) { try $0.writePlaced(parts) }
    case .size(let slot):
      guard let file = files[slot] else { return .notOpen }
      return .number(try file.size())
    case .truncate(let slot, let size): return try on(slot) { try $0.truncate(to: size) }
    case .allocate(let slot, let size): return try on(slot) { try $0.allocate(size) }
    case .sync(let slot, let kind): return try on(slot) { try $0.sync(kind) }
    case .lock(let slot): return try on(slot) { try $0.lockExclusively() }
    case .rename(let name, let newName): try storage.rename(name, to: newName)
    case .remove(let name): try storage.remove(name)
    case .list: return .names(try storage.list(""))
    case .syncDirectory: try storage.syncDirectory("")
    }
    return .done
  }

  private func on(_ slot: Int, _ body: (any StorageFile) throws -> Void) rethrows -> Outcome {
    guard let file = files[slot] else { return .notOpen }
    try body(file)
    return .done
  }
}

extension StorageMachine.Outcome: CustomStringConvertible {
  var description: String {
    switch self {
    case .done: "done"
    case .number(let number): "\(number)"
    case .bytes(let bytes): "\(bytes.count) bytes"
    case .names(let names): "\(names)"
    case .failed(let error): "\"\(error)\""
    case .notOpen: "not open"
    }
  }
}
