internal import CFuse
internal import FaultFS

extension FileKind {
  /// As st_mode has it.
  var modeBits: UInt32 {
    switch self {
    case .namedPipe: 0o010000
    case .characterDevice: 0o020000
    case .directory: 0o040000
    case .blockDevice: 0o060000
    case .regular: 0o100000
    case .symbolicLink: 0o120000
    case .socket: 0o140000
    }
  }

  /// The kind that the type's bits of a mode stand for.
  init?(modeBits mode: UInt32) {
    let kinds: [FileKind] = [
      .regular, .directory, .symbolicLink, .namedPipe, .socket, .characterDevice, .blockDevice,
    ]
    guard let kind = kinds.first(where: { $0.modeBits == mode & 0o170000 }) else { return nil }
    self = kind
  }
}

extension FaultVolume.Statistics {
  var door: cfuse_statistics {
    cfuse_statistics(
      block_length: UInt64(blockLengthBytes), blocks: blockCount, free_blocks: freeBlockCount,
      files: fileCount,
      free_files: freeFileCount, name_length_max: UInt64(nameBytesMax))
  }
}
