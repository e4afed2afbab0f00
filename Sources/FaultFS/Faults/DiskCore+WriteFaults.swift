internal import Storage
internal import SystemPackage

/// What faults do to calls that change the disk.
///
/// - A *failed write* puts a part of its bytes in, perhaps none, as one ordinary write, and throws. So does a full disk.
///   The part may be lost like any write. On a bare disk that does not tear it ends with a sector.
/// - A *short write* goes in as two ordinary writes, between which a crash may fall.
/// - A *lost write* is one for the cache: reads show it, and later writes to the same sectors carry its bytes along.
///   But its sectors count as clean, so no sync covers them; they may or may not be on the disk.
/// - A *misdirected write* is a lost write, and its bytes go also to another place of the file, as an ordinary
///   write. Reads show both, as though the place that was hit had not been in the cache.
/// - Truncating, allocating, renaming, removing and opening either take place or fail and change nothing.
extension DiskCore {
  /// Lets a fault of a call that takes place wholly or not at all strike: it fails and changes nothing.
  func failIfStruck(
    _ call: Fault.Call, _ names: [String], _ operation: StorageError.Operation
  ) throws(StorageError) {
    guard let strike = try strike(call, names, nil, operation) else { return }
    note(strike)
    throw StorageError(operation, names[0], .errno(strike.kind == .noSpace ? .noSpace : .ioError))
  }

  /// Writes `bytes` as a disk on which faults may strike. What goes in of a direct write that fails is an ordinary one.
  func faultyWrite(
    _ file: Int32, name: Int32, at offset: Int, _ bytes: [UInt8], isDirect: Bool = false
  ) throws(StorageError) {
    let range = offset..<offset + bytes.count
    guard let strike = try strike(.write, [images.names[name]], range, .write), !bytes.isEmpty else {
      return try write(file, name: name, at: offset, bytes[...], isDirect: isDirect)
    }
    switch strike.kind {
    case .writeError, .noSpace:
      var part = strike.below(bytes.count)
      // A bare disk writes sectors.
      if profile.isBare && profile.tearing == nil { part -= (offset + part) % sectorLength }
      part = max(0, part)
      note(strike, "\(part) of \(bytes.count) bytes went in")
      if part > 0 { try write(file, name: name, at: offset, bytes[..<part], fault: strike.kind) }
      let errno: Errno = strike.kind == .noSpace ? .noSpace : .ioError
      throw StorageError(.write, images.names[name], .errno(errno))
    case .shortWrite where bytes.count > 1:
      let part = 1 + strike.below(bytes.count - 1)
      note(strike, "\(part) of \(bytes.count) bytes, then the rest")
      try write(file, name: name, at: offset, bytes[..<part], fault: .shortWrite, isDirect: isDirect)
      try write(file, name: name, at: offset + part, bytes[part...], isDirect: isDirect)
    case .lostWrite:
      note(strike)
      try write(file, name: name, at: offset, bytes[...], effect: .neverWritten, fault: .lostWrite)
    case .misdirectedWrite:
      try misdirectedWrite(strike, file, name: name, at: offset, bytes, isDirect: isDirect)
    case .interrupted:
      note(strike)
      try write(file, name: name, at: offset, bytes[...], isDirect: isDirect)
    default:
      try write(file, name: name, at: offset, bytes[...], isDirect: isDirect)
    }
  }

  private func misdirectedWrite(
    _ strike: FaultInjector.Strike, _ file: Int32, name: Int32, at offset: Int, _ bytes: [UInt8],
    isDirect: Bool
  ) throws(StorageError) {
    if images.isWatched(file) { settleSize(file, 0, Int.max) }
    let sectorCount = (images.size(file) + sectorLength - 1) / sectorLength
    let ownSectors = offset / sectorLength...(offset + bytes.count - 1) / sectorLength
    let others = (0..<sectorCount).filter { !ownSectors.contains($0) }
    let sector = others.isEmpty ? 0 : others[strike.below(others.count)]
    let start = sector * sectorLength + offset % sectorLength
    // Up to the file's end and to the place where the bytes belong.
    var end = min(start + bytes.count, images.size(file))
    if start < offset { end = min(end, ownSectors.lowerBound * sectorLength) }
    // There is no other place in the file: nothing to misdirect the write to.
    if others.isEmpty || end <= start {
      return try write(file, name: name, at: offset, bytes[...], isDirect: isDirect)
    }
    note(strike, "to byte \(start), \(end - start) bytes")
    try write(file, name: name, at: offset, bytes[...], effect: .neverWritten, fault: .misdirectedWrite)
    try write(file, name: name, at: start, bytes[..<(end - start)], fault: .misdirectedWrite)
  }

  /// Writes bytes, as an operation that a fault may have made or changed.
  func write(
    _ file: Int32, name: Int32, at offset: Int, _ bytes: ArraySlice<UInt8>, effect: OperationEffect = .usual,
    fault: Fault.Kind? = nil, isDirect: Bool = false
  ) throws(StorageError) {
    try marking(effect, fault) { () throws(StorageError) in
      try unsafe write(file, name: name, at: offset, length: bytes.count, isDirect: isDirect) { target in
        unsafe bytes.withUnsafeBytes { source in unsafe target.copyMemory(from: source) }
      }
    }
  }
}
