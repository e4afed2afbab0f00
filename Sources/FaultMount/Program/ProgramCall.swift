internal import CFuse
internal import FaultFS

/// One call of a program on its volume, as a value: which call it is, and how to make it again.
@safe
struct ProgramCall {
  /// The call without what its pointers point to. Inodes are by their numbers in the volume.
  private var fixed: cfuse_call
  private let name: [UInt8]
  private let newName: [UInt8]
  private let bytes: [UInt8]

  /// The part of an inode's number for the kernel that is its number in the volume.
  private static let inodeMask: UInt64 = 0xffff_ffff

  init(_ call: FuseCall) {
    unsafe fixed = call.call.pointee
    name = unsafe fixed.name == nil ? [] : call.name.bytes
    newName = unsafe fixed.new_name == nil ? [] : call.linkText
    bytes = call.withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) } }
    unsafe fixed.node &= Self.inodeMask
    unsafe fixed.new_node &= Self.inodeMask
    unsafe fixed.name = nil
    unsafe fixed.new_name = nil
    unsafe fixed.bytes = nil
    unsafe fixed.request = nil
  }

  /// Makes the call again, in the volume that the kernel knows by `serial`.
  func withCall<Result>(serial: UInt64, _ body: (FuseCall) -> Result) -> Result {
    let nameText = name.map { CChar(bitPattern: $0) } + [0]
    let newNameText = newName.map { CChar(bitPattern: $0) } + [0]
    return unsafe nameText.withUnsafeBufferPointer { nameText in
      unsafe newNameText.withUnsafeBufferPointer { newNameText in
        unsafe bytes.withUnsafeBytes { bytes in
          var call = unsafe fixed
          unsafe call.node |= serial << 32
          unsafe call.new_node |= serial << 32
          unsafe call.name = nameText.baseAddress
          unsafe call.new_name = newNameText.baseAddress
          unsafe call.bytes = bytes.baseAddress
          return unsafe withUnsafePointer(to: &call) { unsafe body(FuseCall($0)) }
        }
      }
    }
  }

  /// Whether a program that makes the one call where it had made the other may be the same one. What it writes may have a
  /// time in it, and a time may be what it sets.
  func isLike(_ other: ProgramCall) -> Bool {
    key == other.key && name == other.name && newName == other.newName && bytes.count == other.bytes.count
  }

  private var key: [UInt64] {
    unsafe [
      UInt64(fixed.kind.rawValue), fixed.node, fixed.new_node, fixed.handle, fixed.new_handle,
      UInt64(bitPattern: fixed.offset), UInt64(bitPattern: fixed.new_offset), fixed.size, UInt64(fixed.mode),
      UInt64(fixed.flags), UInt64(fixed.set),
    ]
  }

  /// Whether the volume may be another after it.
  var changesVolume: Bool {
    switch unsafe fixed.kind {
    case CFUSE_LOOKUP, CFUSE_GET_ATTRIBUTES, CFUSE_READ_LINK, CFUSE_OPEN, CFUSE_READ, CFUSE_OPEN_DIRECTORY,
      CFUSE_READ_DIRECTORY, CFUSE_STATISTICS, CFUSE_GET_XATTR, CFUSE_LIST_XATTR:
      false
    default: true
    }
  }

  /// As a copy of this process understands it (`ProgramHelper`).
  func encode(into text: inout CopiedText) {
    unsafe withUnsafeBytes(of: fixed) { fixed in unsafe text.put([UInt8](fixed)) }
    text.put(name)
    text.put(newName)
    text.put(bytes)
  }

  init?(from text: inout CopiedText) {
    guard let fixed = text.takeBytes(), unsafe fixed.count == MemoryLayout<cfuse_call>.size,
      let name = text.takeBytes(), let newName = text.takeBytes(), let bytes = text.takeBytes()
    else { return nil }
    unsafe self.fixed = fixed.withUnsafeBytes { unsafe $0.loadUnaligned(as: cfuse_call.self) }
    self.name = name
    self.newName = newName
    self.bytes = bytes
  }

  /// About how much memory it takes.
  var byteCount: Int { MemoryLayout<ProgramCall>.size + name.count + newName.count + bytes.count }
}
