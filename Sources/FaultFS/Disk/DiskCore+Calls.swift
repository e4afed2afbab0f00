internal import Storage
internal import SystemPackage

/// The calls, with arguments that were checked: each changes the images and records the versions that it makes.
extension DiskCore {
  // MARK: Files

  /// Writes `length` bytes, which `copy` puts into the memory that it is given.
  ///
  /// - Parameter isDirect: whether the caller asked for a write that is durable when it returns.
  @unsafe
  func write(
    _ file: Int32, name: Int32, at offset: Int, length: Int, isDirect: Bool = false,
    copy: (UnsafeMutableRawBufferPointer) -> Void
  ) throws(StorageError) {
    if length > 0 && offset + length > ImageStore.memoryBytesMax {
      throw StorageError(.write, images.names[name], .errno(.noSpace))
    }
    let firstVersion = versions.count
    if length > 0 {
      let end = offset + length
      let oldSize = observedSize(file, upTo: end)
      images.reserve(file, end)
      // The gap between the old end and the first new byte reads as zeros.
      let gapStart = min(oldSize, offset)
      let firstSector = offset / sectorLength
      zeroTail(file, name: name, gapStart..<max(gapStart, min(offset, firstSector * sectorLength)))
      let zeroStart = max(gapStart, firstSector * sectorLength)
      let sectors = firstSector...(end - 1) / sectorLength
      if let faults { faults.latentErrors.heal(file, sectors, operation: operations.count) }
      for sector in sectors { _ = touchSector(file, Int32(sector), name: name) }
      let zeroed = zeroNewBlocks(of: file, sectors, oldSize: oldSize)
      if zeroStart < offset { images.fillWithZeros(file, zeroStart..<offset) }
      images.noteChange(file, offset..<end)
      unsafe copy(images.bytes(file, at: offset, count: length))
      for sector in sectors {
        let sectorStart = sector * sectorLength
        let writtenStart = max(sectorStart, min(zeroStart, offset)) - sectorStart
        let writtenEnd = min(sectorStart + sectorLength, end) - sectorStart
        if let zeros = zeroed[sector] {
          appendVersion(
            touchSector(file, Int32(sector), name: name), written: 0..<sectorLength, value: zeros)
        }
        appendContent(
          touchSector(file, Int32(sector), name: name), file, sector: Int32(sector),
          written: writtenStart..<writtenEnd)
      }
      if profile.tearing?.reachesPages == true, !isDirect, !forcesUnitAccess(name) {
        rewriteRest(ofPagesWith: sectors, file, name: name, upTo: oldSize)
      }
      if end > oldSize { grow(file, name: name, over: max(oldSize, offset)..<end) }
    }
    record(
      .write, file: file, name: name, offset: offset, length: length, firstVersion: firstVersion,
      isForced: isDirect || forcesUnitAccess(name))
  }

  /// What is done now depends on the bytes that the file holds.
  private func observe(_ file: Int32, _ bytes: Range<Int>) {
    if images.isWatched(file) { settleBytes(file, bytes) }
    images.courseTrace?.observeBytes(file, bytes)
  }

  /// Writes the other sectors of the pages that hold these, with the bytes that they have.
  private func rewriteRest(
    ofPagesWith sectors: ClosedRange<Int>, _ file: Int32, name: Int32, upTo size: Int
  ) {
    let perPage = max(1, 4096 / sectorLength)
    let first = sectors.lowerBound / perPage * perPage
    let end = min((sectors.upperBound / perPage + 1) * perPage, (size + sectorLength - 1) / sectorLength)
    if first >= end { return }
    images.reserve(file, min(end * sectorLength, size))
    for sector in first..<end where !sectors.contains(sector) {
      let bytes = sector * sectorLength..<min((sector + 1) * sectorLength, images.memoryBytes(file))
      observe(file, bytes)
      appendContent(
        touchSector(file, Int32(sector), name: name), file, sector: Int32(sector), written: 0..<sectorLength)
    }
  }

  func truncate(_ file: Int32, name: Int32, to size: Int) {
    let firstVersion = versions.count
    let oldSize = observedSize(file)
    if size > oldSize { zeroTail(file, name: name, oldSize..<size) }
    if size != oldSize { changeSize(file, name: name, to: size) }
    record(.truncate, file: file, name: name, length: size, firstVersion: firstVersion)
  }

  func allocate(_ file: Int32, name: Int32, _ size: Int) {
    let firstVersion = versions.count
    let oldSize = observedSize(file, upTo: size)
    if size > oldSize {
      zeroTail(file, name: name, oldSize..<size)
      changeSize(file, name: name, to: size)
    }
    record(.allocate, file: file, name: name, length: size, firstVersion: firstVersion)
  }

  /// Makes a file longer by the bytes that a write put beyond its end, block by block where the profile does.
  private func grow(_ file: Int32, name: Int32, over bytes: Range<Int>) {
    if profile.growsByBlocks && keepsVersions {
      let length = profile.blockLength
      for end in stride(from: (bytes.lowerBound / length + 1) * length, to: bytes.upperBound, by: length) {
        changeSize(file, name: name, to: end)
      }
    }
    changeSize(file, name: name, to: bytes.upperBound)
  }

  func changeSize(_ file: Int32, name: Int32, to size: Int) {
    let cell = touchSize(file, name: name)
    images.setSize(file, size)
    appendVersion(cell, value: size)
  }

  /// Makes the bytes of a tail that the file is about to expose zero.
  ///
  /// Only sectors that hold old bytes there, left by a truncation, get a version: so a crash can still show them.
  func zeroTail(_ file: Int32, name: Int32, _ tail: Range<Int>) {
    let end = min(tail.upperBound, images.memoryBytes(file))
    guard tail.lowerBound < end else { return }
    for sector in tail.lowerBound / sectorLength...(end - 1) / sectorLength {
      let sectorStart = sector * sectorLength
      let part = max(tail.lowerBound, sectorStart)..<min(end, sectorStart + sectorLength)
      observe(file, part)
      if images.isZero(file, part) { continue }
      let cell = touchSector(file, Int32(sector), name: name)
      images.fillWithZeros(file, part)
      appendContent(
        cell, file, sector: Int32(sector),
        written: part.lowerBound - sectorStart..<part.upperBound - sectorStart)
    }
  }

  /// Zeros the sectors that a write is about to fill, of blocks beyond the file's end where older bytes lie, under a profile
  /// whose blocks are new when they are written: so a crash can show zeros there, and not the older bytes.
  ///
  /// - Returns: where the zeros of each such sector are kept.
  private func zeroNewBlocks(
    of file: Int32, _ sectors: ClosedRange<Int>, oldSize: Int
  ) -> [Int: Int] {
    guard profile.hasUnwrittenBlocks, keepsVersions else { return [:] }
    let blockLength = profile.blockLength
    let newBlocksStart = (oldSize + blockLength - 1) / blockLength * blockLength
    var zeroed: [Int: Int] = [:]
    for sector in sectors where sector * sectorLength >= newBlocksStart {
      let bytes = sector * sectorLength..<min((sector + 1) * sectorLength, images.memoryBytes(file))
      if bytes.isEmpty { break }
      observe(file, bytes)
      if images.isZero(file, bytes) { continue }
      images.fillWithZeros(file, bytes)
      zeroed[sector] = images.save(file, sector: Int32(sector), to: arena)
    }
    return zeroed
  }

  // MARK: Entries

  /// Makes a new, empty file under `name` and returns its number.
  func create(_ name: Int32) -> Int32 {
    let firstVersion = versions.count
    let cell = touchEntry(name, label: name)
    let file = images.addFile()
    setEntry(cell, name, file)
    record(.create, file: file, name: name, firstVersion: firstVersion)
    return file
  }

  func rename(_ name: Int32, to newName: Int32) {
    let firstVersion = versions.count
    let file = images.entry(name)
    if name != newName {
      let oldCell = touchEntry(name, label: name)
      let newCell = touchEntry(newName, label: newName)
      setEntry(oldCell, name, -1)
      setEntry(newCell, newName, file)
    }
    record(.rename, file: file, name: name, newName: newName, firstVersion: firstVersion)
  }

  func remove(_ name: Int32) {
    let firstVersion = versions.count
    let file = images.entry(name)
    setEntry(touchEntry(name, label: name), name, -1)
    record(.remove, file: file, name: name, firstVersion: firstVersion)
  }

  func setEntry(_ cell: Int32, _ name: Int32, _ file: Int32) {
    images.setEntry(name, file)
    appendVersion(cell, value: Int(file))
  }

  /// Whether `directory` holds a file, itself or in a directory below it.
  func isDirectory(_ directory: String) -> Bool {
    let prefix = directory + "/"
    images.courseTrace?.searchNames(self) { $0.hasPrefix(prefix) }
    for (number, name) in images.names.names.enumerated()
    where images.entryMarks(Int32(number)) == 0 && images.entry(Int32(number)) >= 0 && name.hasPrefix(prefix)
      && images.names.isPath(Int32(number))
    {
      return true
    }
    for number in images.unsettledNames(where: { $0.hasPrefix(prefix) }) {
      settleEntry(number, onlyExistence: true)
      if images.entry(number) >= 0 { return true }
    }
    return false
  }

  /// The file that one of the directories on the way to `name` is in truth, or nil.
  func fileOnTheWay(to name: String) -> String? {
    var directory = FaultDisk.directory(of: name)
    while !directory.isEmpty {
      if lookedUp(directory) != nil { return directory }
      directory = FaultDisk.directory(of: directory)
    }
    return nil
  }

  // MARK: Syncs and locks

  func sync(_ file: Int32, name: Int32, _ kind: SyncKind, begun: Int) {
    let operation: Operation.Kind =
      switch kind {
      case .data: .syncData
      case .full: .syncFull
      }
    record(operation, file: file, name: name, firstVersion: versions.count, begun: begun)
  }

  /// The handle that holds the lock of `file`, 0 for none.
  func lockHolder(_ file: Int32) -> Int32 {
    Int(file) < lockHolders.count ? lockHolders[Int(file)] : 0
  }

  func setLockHolder(_ file: Int32, _ handle: Int32) {
    if Int(file) >= lockHolders.count { lockHolders.resize(to: Int(file) + 1, filler: 0) }
    lockHolders[Int(file)] = handle
  }
}
