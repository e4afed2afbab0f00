/// What must hold of the `inodes` workload: every entry names an inode in use, an inode has as many links as there
/// are entries that name it, a free one owns no block, no block is owned twice, and the bitmap shows those owned.
struct InodesInvariant {
  let model: InodesModel
  let images: [[UInt8]]

  func violation() -> String? {
    var names = [Int](repeating: 0, count: model.inodes)
    if let sentence = countNames(&names) { return sentence }
    var owners = [Int?](repeating: nil, count: model.blocks)
    for number in 0..<model.inodes {
      if let sentence = check(number, names: names[number], &owners) { return sentence }
    }
    for block in 0..<model.blocks {
      let shown = model.isOwned(images, block)
      if let owner = owners[block], !shown {
        return "Block \(block) belongs to inode \(owner + 1), and the bitmap shows it free."
      }
      if owners[block] == nil, shown {
        return "Block \(block) belongs to no inode, and the bitmap shows it owned."
      }
    }
    return nil
  }

  private func countNames(_ names: inout [Int]) -> String? {
    for entry in 0..<model.entries {
      let bytes = Array(images[1][model.entryRange(entry)])
      guard let target = model.target(images, entry) else {
        guard bytes.allSatisfy({ $0 == 0 }) else {
          return "Directory entry \(entry) is free, and not all zeros."
        }
        continue
      }
      guard (0..<model.inodes).contains(target) else {
        return "Directory entry \(entry) names inode \(target + 1); there are \(model.inodes)."
      }
      guard bytes == InodesModel.entry(target: target, name: LittleEndian.integer32(bytes, at: 4)) else {
        return "Directory entry \(entry) does not fit its checksum."
      }
      names[target] += 1
    }
    return nil
  }

  private func check(_ number: Int, names: Int, _ owners: inout [Int?]) -> String? {
    let title = "Inode \(number + 1)"
    let range = model.inodeRange(number)
    if LittleEndian.isZero(images[0], range) {
      return names == 0 ? nil : "\(title) was never used, and \(names) directory entries name it."
    }
    let inode = model.inode(images, number)
    guard inode.blocks.allSatisfy({ (0..<model.blocks).contains($0) }), inode.bytes == Array(images[0][range])
    else {
      return "\(title) (byte \(range.lowerBound)) does not fit its checksum."
    }
    guard inode.links == names else {
      return "\(title) has the link count \(inode.links), and \(names) directory entries name it."
    }
    guard inode.links > 0 || inode.blocks.isEmpty else {
      return "\(title) is free, and owns \(inode.blocks.count) blocks."
    }
    for block in inode.blocks {
      if let other = owners[block] {
        return "Block \(block) is owned by inode \(other + 1) and inode \(number + 1)."
      }
      owners[block] = number
    }
    return nil
  }
}
