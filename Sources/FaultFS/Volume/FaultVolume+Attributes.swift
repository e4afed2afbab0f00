internal import SystemPackage

/// Attributes, extended attributes, and what is said of the whole.
extension FaultVolume {
  /// What a `stat` shows.
  public struct Status: Hashable, Sendable {
    public var inode: Inode
    public var attributes: FileAttributes
    /// In bytes; of a directory 0, of a symbolic link the length of its text.
    public var size: Int
    /// How many names the object has; of a directory always 1, as where a file system does not count.
    public var linkCount: Int
  }

  /// A time to be set.
  public enum TimeChange: Hashable, Sendable {
    case now
    case to(Timestamp)
  }

  /// What `setAttributes` changes; what is nil stays.
  public struct AttributeChanges: Hashable, Sendable {
    public var permissions: UInt16?
    public var owner: UInt32?
    public var group: UInt32?
    public var accessed: TimeChange?
    public var modified: TimeChange?

    public init(
      permissions: UInt16? = nil, owner: UInt32? = nil, group: UInt32? = nil, accessed: TimeChange? = nil,
      modified: TimeChange? = nil
    ) {
      self.permissions = permissions
      self.owner = owner
      self.group = group
      self.accessed = accessed
      self.modified = modified
    }
  }

  // MARK: Attributes

  /// An object's attributes, size and number of names. Observes its size, and of each entry that ever stood for it
  /// whether it does.
  public func status(of inode: Inode) throws(VolumeError) -> Status {
    let file = try file(inode, .attributes)
    let attributes = shownAttributes(of: file)
    let size =
      switch attributes.kind {
      case .regular: core.observedSize(file)
      case .symbolicLink: attributes.linkText.count
      default: 0
      }
    let linkCount = attributes.kind == .directory ? 1 : core.entries(standingFor: file).count
    return Status(inode: inode, attributes: attributes, size: size, linkCount: linkCount)
  }

  /// Changes attributes; no crash loses the change once the call has returned.
  public func setAttributes(_ inode: Inode, _ changes: AttributeChanges) throws(VolumeError) {
    let file = try file(inode, .setAttributes)
    var attributes = shownAttributes(of: file)
    if let permissions = changes.permissions { attributes.permissions = permissions & 0o7777 }
    attributes.owner = changes.owner ?? attributes.owner
    attributes.group = changes.group ?? attributes.group
    let now = now
    func time(_ change: TimeChange?, _ old: Timestamp) -> Timestamp {
      switch change {
      case nil: old
      case .now: now
      case .to(let time): time
      }
    }
    attributes.accessed = time(changes.accessed, attributes.accessed)
    attributes.modified = time(changes.modified, attributes.modified)
    keep(attributes, of: file)
  }

  /// Keeps attributes that a caller has set.
  private func keep(_ attributes: FileAttributes, of file: Int32) {
    var attributes = attributes
    attributes.changed = now
    core.setAttributes(file, label: label(of: file), to: attributes)
    times[file] = nil
  }

  private func shownAttributes(of file: Int32) -> FileAttributes {
    core.images.courseTrace?.observeAttributes(core, file)
    var attributes = attributes(of: file)
    if let times = times[file] {
      attributes.accessed = times.accessed
      attributes.modified = times.modified
      attributes.changed = times.changed
    }
    return attributes
  }

  // MARK: Times

  enum TimeOfUse {
    case accessed, modified, changed
  }

  /// Notes that a call used an object, for as long as the page cache lives.
  func changeTimes(_ file: Int32, _ use: TimeOfUse) {
    var times =
      self.times[file]
      ?? {
        let attributes = attributes(of: file)
        return Times(
          accessed: attributes.accessed, modified: attributes.modified, changed: attributes.changed)
      }()
    let now = now
    switch use {
    case .accessed: times.accessed = now
    case .modified: (times.modified, times.changed) = (now, now)
    case .changed: times.changed = now
    }
    self.times[file] = times
  }

  /// Notes that a directory's entries changed.
  func touch(_ directory: Int32) {
    changeTimes(directory, .modified)
  }

  // MARK: Extended attributes

  /// What must be true of an extended attribute that is set.
  public enum ExtendedAttributeRule: Hashable, Sendable {
    case any
    /// It must be new.
    case creating
    /// It must exist.
    case replacing
  }

  /// The value of an extended attribute.
  ///
  /// - Throws: ENODATA where there is none of the name.
  public func extendedAttribute(_ name: FileName, of inode: Inode) throws(VolumeError) -> [UInt8] {
    let file = try file(inode, .attributes)
    guard let value = shownAttributes(of: file).extended[name] else {
      throw VolumeError(.attributes, path(of: file), .noData)
    }
    return value
  }

  /// The names of all extended attributes, in ascending order.
  public func extendedAttributes(of inode: Inode) throws(VolumeError) -> [FileName] {
    shownAttributes(of: try file(inode, .attributes)).extended.keys.sorted()
  }

  /// Sets an extended attribute.
  ///
  /// - Throws: EEXIST, ENODATA where the rule is broken.
  public func setExtendedAttribute(
    _ name: FileName, of inode: Inode, to value: [UInt8], _ rule: ExtendedAttributeRule = .any
  ) throws(VolumeError) {
    let file = try file(inode, .setAttributes)
    var attributes = shownAttributes(of: file)
    let exists = attributes.extended[name] != nil
    if rule == .creating && exists { throw VolumeError(.setAttributes, path(of: file), .fileExists) }
    if rule == .replacing && !exists { throw VolumeError(.setAttributes, path(of: file), .noData) }
    attributes.extended[name] = value
    keep(attributes, of: file)
  }

  /// Removes an extended attribute.
  ///
  /// - Throws: ENODATA where there is none of the name.
  public func removeExtendedAttribute(_ name: FileName, of inode: Inode) throws(VolumeError) {
    let file = try file(inode, .setAttributes)
    var attributes = shownAttributes(of: file)
    if attributes.extended.removeValue(forKey: name) == nil {
      throw VolumeError(.setAttributes, path(of: file), .noData)
    }
    keep(attributes, of: file)
  }

  // MARK: The whole

  /// What a `statvfs` shows. It is the same always: a full disk is a fault (`Fault.Kind.noSpace`).
  public struct Statistics: Hashable, Sendable {
    public var blockLengthBytes = 4096
    public var blockCount: UInt64 = 1 << 28
    public var freeBlockCount: UInt64 = 1 << 28
    public var fileCount: UInt64 = 1 << 31
    public var freeFileCount: UInt64 = 1 << 31
    public var nameBytesMax = FileName.byteCountMax
  }

  public var statistics: Statistics { Statistics() }
}
