internal import Storage
internal import SystemPackage

/// What faults do to reads.
///
/// - A *latent sector error* begins at a read, which fails, as does every later one that touches the sector, until it is
///   written (`LatentErrors`).
/// - *Bit rot* strikes at rest: a sector whose bytes are surely on the disk, none of them waiting in the cache. The
///   rotten bytes take the place of all that the sector held, at once and for good; they are not part of the
///   file system's order, so nothing else becomes durable by it.
/// - A *stale read* returns, for each sector that has one in this recording, the version before the newest. Nothing
///   changes; the next read is right.
extension DiskCore {
  /// Lets faults strike a read of `count` bytes before it takes place.
  ///
  /// - Returns: the fault that changes what is read, if one does.
  func beforeRead(
    _ file: Int32, name: Int32, at offset: Int, count: Int
  ) throws(StorageError) -> FaultInjector.Strike? {
    guard count > 0, let faults else { return nil }
    let range = offset..<offset + count
    let strike = try strike(.read, [images.names[name]], range, .read)
    let error = StorageError(.read, images.names[name], .errno(.ioError))
    let sectors = offset / sectorLength...(range.upperBound - 1) / sectorLength
    if faults.latentErrors.first(file, sectors) != nil { throw error }
    guard let strike else { return nil }
    switch strike.kind {
    case .readError:
      note(strike)
      throw error
    case .latentSectorError:
      let sector = strike.bytes(of: range).lowerBound / sectorLength
      note(strike, "sector \(sector)")
      faults.latentErrors.add(file, Int32(sector), operation: operations.count)
      throw error
    case .bitRot: try rot(strike, file, name: name, strike.bytes(of: range))
    case .staleRead: return strike
    case .interrupted: note(strike)
    default: break
    }
    return nil
  }

  /// Flips one bit of what is about to be read, in a sector that is at rest; nothing where there is none.
  private func rot(
    _ strike: FaultInjector.Strike, _ file: Int32, name: Int32, _ range: Range<Int>
  ) throws(StorageError) {
    walk.run(self)
    let sectors = (range.lowerBound / sectorLength...(range.upperBound - 1) / sectorLength).filter { sector in
      let cell = index.cell(file: file, sector: Int32(sector))
      return cell < 0 || !walk.isOpen(cell)
    }
    if sectors.isEmpty { return }
    let sector = sectors[strike.below(sectors.count, 3)]
    let part = range.clamped(to: sector * sectorLength..<(sector + 1) * sectorLength)
    let place = part.lowerBound + strike.below(part.count)
    let bit = strike.below(8, 2)
    note(strike, "bit \(bit) of byte \(place)")
    if images.isWatched(file) { settleBytes(file, place..<place + 1) }
    // Past the memory of the file every byte is zero.
    let old = place < images.memoryBytes(file) ? unsafe images.bytes(file, at: place, count: 1)[0] : 0
    try write(file, name: name, at: place, [old ^ (1 << UInt8(bit))][...], effect: .replaced, fault: .bitRot)
  }

  /// Puts older versions over what was read of sectors that have one.
  @unsafe
  func makeStale(
    _ strike: FaultInjector.Strike, _ file: Int32, at offset: Int, _ target: UnsafeMutableRawBufferPointer
  ) {
    var staleSectors: [Int] = []
    let range = offset..<offset + target.count
    for sector in offset / sectorLength...(range.upperBound - 1) / sectorLength {
      let cell = index.cell(file: file, sector: Int32(sector))
      guard cell >= 0, cells[Int(cell)].versionCount > 0 else { continue }
      staleSectors.append(sector)
      let row = self.row(of: cell, version: cells[Int(cell)].versionCount - 1)
      let start = sector * sectorLength
      let part = range.clamped(to: start..<start + sectorLength)
      settleBytes(
        ofVersionAt: row, of: cell, part.lowerBound - start..<part.upperBound - start, showsNewest: true)
      let value = row < 0 ? cells[Int(cell)].base : versions[Int(row)].value
      for place in part {
        unsafe target[place - offset] =
          value < 0 ? 0 : arena.bytes(at: value, count: sectorLength)[place - start]
      }
    }
    if !staleSectors.isEmpty { note(strike, "sectors \(staleSectors)") }
  }

  /// The row of a version, -1 for version 0; by a search through the timeline.
  func row(of cell: Int32, version: Int32) -> Int32 {
    for row in 0..<versions.count where versions[row].cell == cell && versions[row].version == version {
      return Int32(row)
    }
    return -1
  }
}
