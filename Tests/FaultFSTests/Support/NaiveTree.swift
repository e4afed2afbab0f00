import FaultFS
import SystemPackage

/// A file system in dictionaries and arrays, as plain as can be, that also says which cells each call changed and to what.
final class NaiveTree: Tree {
  final class Node {
    let number: Int
    let kind: FileKind
    let madeWith: UInt16
    var permissions: UInt16
    var text: String
    var entries: [String: Node] = [:]
    var memory: [UInt8] = []
    var size = 0

    init(_ number: Int, _ kind: FileKind, permissions: UInt16, text: String = "") {
      self.number = number
      self.kind = kind
      madeWith = permissions
      self.permissions = permissions
      self.text = text
    }
  }

  struct Call {
    var kind: FaultFS.Operation.Kind
    var changes: [CellKey: Cell.Value] = [:]
    /// The permissions that it sets.
    var permissions: UInt16?
  }

  private let sectorLength: Int
  private(set) var calls: [Call] = []
  /// Every object that was ever made, by its number.
  private(set) var nodes: [Node]
  private var opened: [Node] = []
  private var root: Node { nodes[0] }

  init(sectorLength: Int = 512) {
    self.sectorLength = sectorLength
    nodes = [Node(0, .directory, permissions: 0o755)]
  }

  /// The tree that an image shows.
  ///
  /// - Parameter nodes: all objects that were ever made, by their numbers.
  init(_ image: NaiveImage, _ nodes: [Node]) {
    let sectorLength = image.sectorLength
    self.sectorLength = sectorLength
    self.nodes = nodes.map { old in
      let node = Node(old.number, old.kind, permissions: old.madeWith, text: old.text)
      node.permissions = image.attributes[old.number]?.permissions ?? old.madeWith
      node.size = image.sizes[old.number] ?? 0
      let sectorCount = image.sectors.keys.reduce(0) { count, key in
        if case .sector(old.number, let sector) = key { return max(count, sector + 1) }
        return count
      }
      node.memory = (0..<sectorCount).flatMap {
        image.sectors[.sector(file: old.number, $0)] ?? [UInt8](repeating: 0, count: sectorLength)
      }
      node.memory += [UInt8](repeating: 0, count: max(0, node.size - node.memory.count))
      return node
    }
    for case (.place(let directory, let name), let child) in image.places {
      self.nodes[directory].entries[name] = self.nodes[child]
    }
  }

  func make(_ call: TreeCall) throws(Errno) -> [UInt64] {
    switch call {
    case .create(let path): return try make(.create, path, .regular, permissions: 0o644)
    case .makeDirectory(let path): return try make(.makeDirectory, path, .directory, permissions: 0o755)
    case .makeSymbolicLink(let path, let text):
      return try make(.makeSymbolicLink, path, .symbolicLink, permissions: 0o777, text: text)
    case .createUnnamed(let path):
      if try node(path).kind != .directory { throw .notDirectory }
      opened.append(add(.regular, permissions: 0o600))
      note(.create)
    case .link(let path, let newPath): try link(try node(path), newPath)
    case .linkOpen(let slot, let path):
      // The directory is looked for first.
      _ = try place(path)
      try link(try file(slot), path)
    case .rename(let path, let newPath, let renaming): try rename(path, newPath, renaming)
    case .remove(let path):
      let (directory, name) = try place(path)
      guard let node = try child(name, of: directory) else { throw .noSuchFileOrDirectory }
      if node.kind == .directory { throw .isDirectory }
      directory.entries[name] = nil
      note(.remove, [.place(directory: directory.number, name): .file(nil)])
    case .removeDirectory(let path):
      let (directory, name) = try place(path)
      guard let node = try child(name, of: directory) else { throw .noSuchFileOrDirectory }
      if node.kind != .directory { throw .notDirectory }
      if !node.entries.isEmpty { throw .directoryNotEmpty }
      directory.entries[name] = nil
      note(.removeDirectory, [.place(directory: directory.number, name): .file(nil)])
    case .setPermissions(let path, let permissions):
      let node = try node(path)
      node.permissions = permissions
      calls.append(Call(kind: .setAttributes, permissions: permissions))
    case .open(let path):
      let node = try node(path)
      if node.kind == .directory { throw .isDirectory }
      if node.kind != .regular { throw .invalidArgument }
      opened.append(node)
    case .write(let slot, let offset, let bytes): write(try file(slot), offset, bytes)
    case .truncate(let path, let size):
      let node = try node(path)
      if node.kind == .directory { throw .isDirectory }
      if node.kind != .regular { throw .invalidArgument }
      change(node, .truncate, size: size) { memory in
        // What lay beyond the old end is zero where it comes to light.
        for index in node.size..<max(node.size, size) { memory[index] = 0 }
      }
    case .allocate(let slot, let allocation, let offset, let length):
      try allocate(try file(slot), allocation, offset..<offset + length)
    case .copy(let sourceSlot, let offset, let targetSlot, let targetOffset, let length):
      let (source, target) = (try file(sourceSlot), try file(targetSlot))
      if source === target && abs(offset - targetOffset) < length { throw .invalidArgument }
      let bytes = read(source, offset, length)
      if !bytes.isEmpty { write(target, targetOffset, bytes) }
      return [UInt64(bytes.count)]
    case .synchronize(let slot, let dataOnly):
      _ = try file(slot)
      note(dataOnly ? .syncData : .syncFull)
    case .synchronizeDirectory(let path):
      if try node(path).kind != .directory { throw .notDirectory }
      note(.syncDirectory)
    case .lookUp(let path): return [UInt64(try node(path).number) + 1]
    case .list(let path):
      let node = try node(path)
      if node.kind != .directory { throw .notDirectory }
      return node.entries.sorted { $0.key < $1.key }.flatMap { name, child in
        words(name.utf8) + [UInt64(child.number) + 1, UInt64(child.kind.rawValue)]
      }
    case .status(let path):
      let node = try node(path)
      let size = node.kind == .symbolicLink ? node.text.utf8.count : node.size
      let links = nodes.reduce(0) { $0 + $1.entries.values.count { $0 === node } }
      return [
        UInt64(node.kind.rawValue), UInt64(node.permissions), UInt64(size),
        UInt64(node.kind == .directory ? 1 : links),
      ]
    case .read(let slot, let offset, let length): return words(read(try file(slot), offset, length))
    case .readSymbolicLink(let path):
      let node = try node(path)
      if node.kind != .symbolicLink { throw .invalidArgument }
      return words(node.text.utf8)
    }
    return []
  }

  // MARK: Paths

  private func child(_ name: String, of node: Node) throws(Errno) -> Node? {
    if node.kind != .directory { throw .notDirectory }
    return node.entries[name]
  }

  private func node(_ path: String) throws(Errno) -> Node {
    var node = root
    for name in path.split(separator: "/") {
      guard let next = try child(String(name), of: node) else { throw .noSuchFileOrDirectory }
      node = next
    }
    return node
  }

  private func place(_ path: String) throws(Errno) -> (directory: Node, name: String) {
    let names = path.split(separator: "/")
    let directory = try node(names.dropLast().joined(separator: "/"))
    return (directory, String(names.last ?? ""))
  }

  private func file(_ slot: Int) throws(Errno) -> Node {
    if slot >= opened.count { throw .badFileDescriptor }
    return opened[slot]
  }

  private func isBelow(_ node: Node, _ other: Node) -> Bool {
    node === other || other.entries.values.contains { isBelow(node, $0) }
  }

  // MARK: Names

  private func add(_ kind: FileKind, permissions: UInt16, text: String = "") -> Node {
    nodes.append(Node(nodes.count, kind, permissions: permissions, text: text))
    return nodes[nodes.count - 1]
  }

  private func make(
    _ operation: FaultFS.Operation.Kind, _ path: String, _ kind: FileKind, permissions: UInt16,
    text: String = ""
  ) throws(Errno) -> [UInt64] {
    let (directory, name) = try place(path)
    if try child(name, of: directory) != nil { throw .fileExists }
    let node = add(kind, permissions: permissions, text: text)
    directory.entries[name] = node
    note(operation, [.place(directory: directory.number, name): .file(node.number)])
    return [UInt64(node.number) + 1]
  }

  private func link(_ node: Node, _ path: String) throws(Errno) {
    let (directory, name) = try place(path)
    if try child(name, of: directory) != nil { throw .fileExists }
    if node.kind == .directory { throw .notPermitted }
    directory.entries[name] = node
    note(.link, [.place(directory: directory.number, name): .file(node.number)])
  }

  private func rename(_ path: String, _ newPath: String, _ renaming: FaultVolume.Renaming) throws(Errno) {
    let (directory, name) = try place(path)
    let (newDirectory, newName) = try place(newPath)
    if directory.kind != .directory || newDirectory.kind != .directory { throw .notDirectory }
    guard let node = directory.entries[name] else { throw .noSuchFileOrDirectory }
    let other = newDirectory.entries[newName]
    let (key, newKey) = (
      CellKey.place(directory: directory.number, name), CellKey.place(directory: newDirectory.number, newName)
    )
    if renaming == .exchanging {
      guard let other else { throw .noSuchFileOrDirectory }
      if node === other { return }
      if isBelow(newDirectory, node) || isBelow(directory, other) { throw .invalidArgument }
      directory.entries[name] = other
      newDirectory.entries[newName] = node
      return note(.exchange, [key: .file(other.number), newKey: .file(node.number)])
    }
    if other != nil && renaming == .withoutReplacing { throw .fileExists }
    if node === other { return }
    if isBelow(newDirectory, node) { throw .invalidArgument }
    if let other {
      if node.kind == .directory && other.kind != .directory { throw .notDirectory }
      if node.kind != .directory && other.kind == .directory { throw .isDirectory }
      if !other.entries.isEmpty { throw .directoryNotEmpty }
    }
    directory.entries[name] = nil
    newDirectory.entries[newName] = node
    note(.rename, [key: .file(nil), newKey: .file(node.number)])
  }

  // MARK: Bytes

  private func read(_ node: Node, _ offset: Int, _ length: Int) -> [UInt8] {
    (offset..<max(offset, min(node.size, offset + length))).map { node.memory[$0] }
  }

  private func write(_ node: Node, _ offset: Int, _ bytes: [UInt8]) {
    if bytes.isEmpty { return note(.write) }
    let end = offset + bytes.count
    change(node, .write, size: max(node.size, end), written: offset..<end) { memory in
      for index in node.size..<max(node.size, offset) { memory[index] = 0 }
      for (index, byte) in bytes.enumerated() { memory[offset + index] = byte }
    }
  }

  private func allocate(
    _ node: Node, _ allocation: FaultVolume.Allocation, _ range: Range<Int>
  ) throws(Errno) {
    if range.isEmpty { throw .invalidArgument }
    let grows = allocation == .growing || allocation == .zeroing
    let zeroes = allocation != .growing && allocation != .keepingSize
    let size = grows ? max(node.size, range.upperBound) : node.size
    change(node, zeroes ? .zero : .allocate, size: size) { memory in
      if zeroes { for index in range where index < node.size { memory[index] = 0 } }
      for index in node.size..<size { memory[index] = 0 }
    }
  }

  /// Changes a file's bytes and size; every sector of `written` and all others whose bytes are new get a version.
  private func change(
    _ node: Node, _ kind: FaultFS.Operation.Kind, size: Int, written: Range<Int> = 0..<0,
    _ body: (inout [UInt8]) -> Void
  ) {
    var memory = node.memory
    memory += [UInt8](repeating: 0, count: max(0, size - memory.count))
    body(&memory)
    var changes: [CellKey: Cell.Value] = [:]
    for index in 0..<(memory.count + sectorLength - 1) / sectorLength {
      let sector = NaiveDisk.sector(of: memory, index, sectorLength)
      let isWritten =
        !written.isEmpty
        && (written.lowerBound / sectorLength...(written.upperBound - 1) / sectorLength)
          .contains(index)
      if isWritten || sector != NaiveDisk.sector(of: node.memory, index, sectorLength) {
        changes[.sector(file: node.number, index)] = .bytes(sector)
      }
    }
    if size != node.size { changes[.size(file: node.number)] = .size(size) }
    node.memory = memory
    node.size = size
    note(kind, changes)
  }

  private func note(_ kind: FaultFS.Operation.Kind, _ changes: [CellKey: Cell.Value] = [:]) {
    calls.append(Call(kind: kind, changes: changes))
  }
}
