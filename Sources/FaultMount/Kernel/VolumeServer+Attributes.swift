internal import CFuse
internal import FaultFS
internal import SystemPackage

/// What stat(2) shows, and what changes it.
extension VolumeServer {
  func attributes(
    of inode: FaultVolume.Inode, _ volume: FaultVolume
  ) throws(VolumeError) -> cfuse_attributes {
    let status = try volume.status(of: inode)
    return cfuse_attributes(
      node: inode == FaultVolume.root && root == .volume ? Self.rootNode : serial << 32 | inode.number,
      number: inode.number, size: UInt64(status.size), blocks: UInt64((status.size + 511) / 512),
      mode: status.attributes.kind.modeBits | UInt32(status.attributes.permissions),
      links: UInt32(status.linkCount), user: status.attributes.owner, group: status.attributes.group,
      device: UInt32(truncatingIfNeeded: status.attributes.device),
      access_time: status.attributes.accessed.inNanoseconds,
      modification_time: status.attributes.modified.inNanoseconds,
      change_time: status.attributes.changed.inNanoseconds)
  }

  func setAttributes(
    _ call: FuseCall, _ volume: FaultVolume, _ inode: FaultVolume.Inode
  ) throws(VolumeError) -> VolumeAnswer {
    var changes = FaultVolume.AttributeChanges()
    if call.sets(CFUSE_SET_MODE) { changes.permissions = UInt16(call.mode & 0o7777) }
    if call.sets(CFUSE_SET_USER) { changes.owner = call.user }
    if call.sets(CFUSE_SET_GROUP) { changes.group = call.group }
    if call.sets(CFUSE_SET_ACCESS_TIME) {
      changes.accessed = call.sets(CFUSE_SET_ACCESS_TIME_NOW) ? .now : .to(call.accessTime)
    }
    if call.sets(CFUSE_SET_CHANGE_TIME) {
      changes.modified = call.sets(CFUSE_SET_CHANGE_TIME_NOW) ? .now : .to(call.modificationTime)
    }
    if call.sets(CFUSE_SET_SIZE) {
      try volume.truncate(inode, to: call.size)
      // A truncation changes the time by itself.
      if changes.modified == .now { changes.modified = nil }
    }
    if changes != FaultVolume.AttributeChanges() { try volume.setAttributes(inode, changes) }
    return .attributes(try attributes(of: inode, volume))
  }

  func setExtendedAttribute(
    _ call: FuseCall, _ volume: FaultVolume, _ inode: FaultVolume.Inode
  ) throws(VolumeError) -> VolumeAnswer {
    // XATTR_CREATE, XATTR_REPLACE.
    let rule: FaultVolume.ExtendedAttributeRule
    switch call.flags {
    case 0: rule = .any
    case 1: rule = .creating
    case 2: rule = .replacing
    default: return .failed(.invalidArgument)
    }
    let value = call.withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) } }
    try volume.setExtendedAttribute(call.name, of: inode, to: value, rule)
    return .done
  }
}
