import FaultFS

/// Everything that a tree shows, by path: kinds, permissions, numbers of names, texts and bytes.
typealias TreePicture = [String: [UInt64]]

extension FaultVolume {
  func picture() throws(VolumeError) -> TreePicture {
    var picture: TreePicture = [:]
    try add(FaultVolume.root, "", to: &picture)
    return picture
  }

  private func add(_ inode: Inode, _ path: String, to picture: inout TreePicture) throws(VolumeError) {
    let status = try status(of: inode)
    var shown = [
      inode.number, UInt64(status.attributes.kind.rawValue), UInt64(status.attributes.permissions),
      UInt64(status.linkCount), UInt64(status.size),
    ]
    switch status.attributes.kind {
    case .regular:
      let handle = try open(inode)
      shown += words(try bytes(of: handle, status.size, at: 0))
      close(handle)
    case .symbolicLink: shown += words(try readSymbolicLink(inode))
    default: break
    }
    picture[path] = shown
    if status.attributes.kind != .directory { return }
    for entry in try readDirectory(inode) { try add(entry.inode, "\(path)/\(entry.name)", to: &picture) }
  }
}

extension NaiveImage {
  /// - Parameter nodes: all objects that were ever made, by their numbers.
  func picture(_ nodes: [NaiveTree.Node]) -> TreePicture {
    var picture: TreePicture = [:]
    add(nodes[0], "", nodes, to: &picture)
    return picture
  }

  private func add(
    _ node: NaiveTree.Node, _ path: String, _ nodes: [NaiveTree.Node], to picture: inout TreePicture
  ) {
    let links = node.kind == .directory ? 1 : places.values.count { $0 == node.number }
    var size = sizes[node.number] ?? 0
    if node.kind == .symbolicLink { size = node.text.utf8.count }
    var shown = [
      UInt64(node.number) + 1, UInt64(node.kind.rawValue),
      UInt64(attributes[node.number]?.permissions ?? node.madeWith), UInt64(links), UInt64(size),
    ]
    switch node.kind {
    case .regular: shown += words(contents(ofFile: node.number))
    case .symbolicLink: shown += words(node.text.utf8)
    default: break
    }
    picture[path] = shown
    for case (.place(node.number, let name), let child) in places {
      add(nodes[child], "\(path)/\(name)", nodes, to: &picture)
    }
  }
}
