internal import Storage
internal import SystemPackage

/// What each fault does to the disk.
///
/// A fault that changes what a crash may leave is recorded with its operation (`OperationEffect`): the walk needs no
/// plan to know it. Reads show what the page cache would, so a lost write or a failed sync is seen only after a crash,
/// while a misdirected write and rotten bits show where they landed as if those sectors had not been cached.
extension DiskCore {
  /// Whether calls have to ask what strikes them.
  var isFaulty: Bool { injector != nil || !latentErrors.isEmpty }

  func strike(
    _ call: Fault.Call, _ names: [String], _ range: Range<Int>? = nil
  ) -> FaultInjector.Strike? {
    injector?.strike(call, names, range, operation: operations.count)
  }

  private func note(_ strike: FaultInjector.Strike, _ detail: String = "") {
    injector?.note(strike, detail)
  }

  /// Lets a fault of a call that is about names alone strike: it fails and changes nothing.
  func failIfStruck(_ call: Fault.Call, _ names: [String], _ operation: StorageError.Operation)
    throws(StorageError)
  {
    guard isFaulty, let strike = strike(call, names) else { return }
    note(strike)
    let errno: Errno = strike.kind == .noSpace ? .noSpace : .ioError
    throw StorageError(operation, names[0], .errno(errno))
  }

  // MARK: Writes

  /// Writes `bytes` as a disk on which faults may strike.
  func faultyWrite(_ file: Int32, name: Int32, at offset: Int, _ bytes: [UInt8]) throws(StorageError) {
    let range = offset..<offset + bytes.count
    guard let strike = strike(.write, [images.names[name]], range), !bytes.isEmpty else {
      return try write(file, name: name, at: offset, bytes[...])
    }
    switch strike.kind {
    case .writeError, .noSpace:
      let part = strike.below(bytes.count)
      note(strike, "\(part) of \(bytes.count) bytes went in")
      if part > 0 { try write(file, name: name, at: offset, bytes[..<part], fault: strike.kind) }
      let errno: Errno = strike.kind == .noSpace ? .noSpace : .ioError
      throw StorageError(.write, images.names[name], .errno(errno))
    case .shortWrite where bytes.count > 1:
      let part = 1 + strike.below(bytes.count - 1)
      note(strike, "\(part) of \(bytes.count) bytes, then the rest")
      try write(file, name: name, at: offset, bytes[..<part], fault: .shortWrite)
      try write(file, name: name, at: offset + part, bytes[part...])
    case .lostWrite:
      note(strike)
      try write(file, name: name, at: offset, bytes[...], effect: .neverWritten, fault: .lostWrite)
    case .misdirectedWrite:
      try misdirectedWrite(strike, file, name: name, at: offset, bytes)
    case .interrupted:
      note(strike)
      try write(file, name: name, at: offset, bytes[...])
    default:
      try write(file, name: name, at: offset, bytes[...])
    }
  }

  private func write(
    _ file: Int32, name: Int32, at offset: Int, _ bytes: ArraySlice<UInt8>, effect: OperationEffect = .usual,
    fault: Fault.Kind? = nil
  ) throws(StorageError) {
    mark = OperationMark(effect: effect, fault: fault)
    defer { mark = OperationMark() }
    try unsafe write(file, name: name, at: offset, length: bytes.count) { target in
      unsafe bytes.withUnsafeBytes { source in unsafe target.copyMemory(from: source) }
    }
  }

  private func misdirectedWrite(
    _ strike: FaultInjector.Strike, _ file: Int32, name: Int32, at offset: Int, _ bytes: [UInt8]
  ) throws(StorageError) {
    let sectorCount = (images.size(file) + sectorLength - 1) / sectorLength
    let ownSectors = offset / sectorLength...(offset + bytes.count - 1) / sectorLength
    let others = (0..<sectorCount).filter { !ownSectors.contains($0) }
    // There is no other place in the file: nothing to misdirect the write to.
    guard !others.isEmpty else { return try write(file, name: name, at: offset, bytes[...]) }
    let sector = others[strike.below(others.count)]
    let start = sector * sectorLength + offset % sectorLength
    // Up to the file's end and to the place where the bytes belong.
    var end = min(start + bytes.count, images.size(file))
    if start < offset { end = min(end, ownSectors.lowerBound * sectorLength) }
    note(strike, "to byte \(start), \(max(0, end - start)) bytes")
    try write(file, name: name, at: offset, bytes[...], effect: .neverWritten, fault: .misdirectedWrite)
    if end > start {
      try write(file, name: name, at: start, bytes[..<(end - start)], fault: .misdirectedWrite)
    }
  }

  // MARK: Reads

  /// Lets faults strike a read of `count` bytes before it takes place.
  ///
  /// - Returns: the fault that changes what is read, if one does.
  func beforeRead(
    _ file: Int32, name: Int32, at offset: Int, count: Int
  ) throws(StorageError) -> FaultInjector.Strike? {
    if count == 0 { return nil }
    let range = offset..<offset + count
    let strike = strike(.read, [images.names[name]], range)
    var isBad = latentErrors.strikes(file, offset / sectorLength...(range.upperBound - 1) / sectorLength)
    var stale: FaultInjector.Strike?
    if let strike {
      switch strike.kind {
      case .readError:
        note(strike)
        isBad = true
      case .latentSectorError:
        note(strike, "sector \(offset / sectorLength)")
        latentErrors.add(file, Int32(offset / sectorLength), operation: operations.count)
        isBad = true
      case .bitRot: try rot(strike, file, name: name, range)
      case .staleRead: stale = strike
      case .interrupted: note(strike)
      default: break
      }
    }
    if isBad { throw StorageError(.read, images.names[name], .errno(.ioError)) }
    return stale
  }

  /// Flips one bit of what is about to be read. The disk holds it so from now on.
  private func rot(
    _ strike: FaultInjector.Strike, _ file: Int32, name: Int32, _ range: Range<Int>
  ) throws(StorageError) {
    let place = range.lowerBound + strike.below(range.count)
    let bit = strike.below(8, 2)
    note(strike, "bit \(bit) of byte \(place)")
    // Past the memory of the file every byte is zero.
    let old = place < images.memoryBytes(file) ? unsafe images.bytes(file, at: place, count: 1)[0] : 0
    try write(file, name: name, at: place, [old ^ (1 << UInt8(bit))][...], effect: .durable, fault: .bitRot)
  }

  /// Puts older versions over what was read of sectors that have one.
  @unsafe
  func makeStale(
    _ strike: FaultInjector.Strike, _ file: Int32, at offset: Int, _ target: UnsafeMutableRawBufferPointer
  ) {
    var staleSectors: [Int] = []
    for sector in offset / sectorLength...(offset + target.count - 1) / sectorLength {
      let cell = index.cell(file: file, sector: Int32(sector))
      guard cell >= 0, cells[Int(cell)].versionCount > 0 else { continue }
      staleSectors.append(sector)
      let value = value(of: cell, version: cells[Int(cell)].versionCount - 1)
      for place in max(
        offset, sector * sectorLength)..<min(offset + target.count, (sector + 1) * sectorLength)
      {
        unsafe target[place - offset] =
          value < 0 ? 0 : arena.bytes(at: value, count: sectorLength)[place - sector * sectorLength]
      }
    }
    if !staleSectors.isEmpty { note(strike, "sectors \(staleSectors)") }
  }

  /// What a cell holds in a version, by a search through the timeline.
  private func value(of cell: Int32, version: Int32) -> Int {
    for row in 0..<versions.count where versions[row].cell == cell && versions[row].version == version {
      return versions[row].value
    }
    return cells[Int(cell)].base
  }

  // MARK: Syncs

  /// Syncs a file as a disk on which faults may strike.
  func faultySync(_ file: Int32, name: Int32, _ kind: SyncKind) throws(StorageError) {
    let error = StorageError(.sync, images.names[name], .errno(.ioError))
    if injector?.reportsLate(file, name: images.names[name], operation: operations.count) == true {
      recordSync(file, name: name, kind, .cleanNotWritten, .syncError)
      throw error
    }
    guard let strike = strike(.sync, [images.names[name]]) else { return sync(file, name: name, kind) }
    switch strike.kind {
    case .lyingSync:
      note(strike)
      recordSync(file, name: name, kind, .nothing, .lyingSync)
    case .syncError:
      let outcomes = profile.failedSync
      let outcome = outcomes[strike.below(outcomes.count)]
      note(strike, outcome.rawValue)
      switch outcome {
      case .cleanNotWritten:
        recordSync(file, name: name, kind, .cleanNotWritten, .syncError)
        throw error
      case .reportedLate:
        recordSync(file, name: name, kind, .cleanNotWritten, .syncError)
        injector?.reportLater(strike, file)
      case .reverted:
        revert(file, name: name, kind)
        throw error
      }
    default:
      if strike.kind == .interrupted { note(strike) }
      sync(file, name: name, kind)
    }
  }

  private func recordSync(
    _ file: Int32, name: Int32, _ kind: SyncKind, _ effect: OperationEffect, _ fault: Fault.Kind
  ) {
    mark = OperationMark(effect: effect, fault: fault)
    defer { mark = OperationMark() }
    sync(file, name: name, kind)
  }

  /// Syncs a directory as a disk on which faults may strike.
  ///
  /// A journal of metadata that could not be written is written by the next sync; without one, the entries count as
  /// clean although they were not written.
  func faultySyncDirectory(_ directory: String, _ number: Int32) throws(StorageError) {
    let strike = strike(.syncDirectory, [directory])
    let fails = strike?.kind == .syncError
    if let strike { note(strike) }
    if let strike { mark = OperationMark(effect: .nothing, fault: strike.kind) }
    if fails && profile.order == .free { mark.effect = .cleanNotWritten }
    defer { mark = OperationMark() }
    record(.syncDirectory, file: -1, name: number, firstVersion: versions.count)
    if fails { throw StorageError(.syncDirectory, directory, .errno(.ioError)) }
  }

  // MARK: Reverting

  /// Makes a file's sectors and size again what the disk holds of them, as the operation of a sync that failed.
  private func revert(_ file: Int32, name: Int32, _ kind: SyncKind) {
    let firstVersion = versions.count
    let durable = durableValues(file)
    let order = durable.keys.sorted {
      let (one, other) = (cells[Int($0)], cells[Int($1)])
      return one.kind == other.kind ? one.sector < other.sector : one.kind == .sector
    }
    for cell in order {
      guard let value = durable[cell], value.version < cells[Int(cell)].versionCount else { continue }
      show(cell, value: value.value)
      let isSector = cells[Int(cell)].kind == .sector
      let copy =
        isSector ? images.save(file, sector: cells[Int(cell)].sector, to: arena) : value.value
      appendVersion(cell, written: 0..<(isSector ? sectorLength : 0), value: copy)
    }
    mark = OperationMark(effect: .durable, fault: .syncError)
    defer { mark = OperationMark() }
    let operation: Operation.Kind =
      switch kind {
      case .data: .syncData
      case .full: .syncFull
      }
    record(operation, file: file, name: name, firstVersion: firstVersion)
  }

  /// What the disk surely holds of each cell of a file: the version of the last sync that covered it, or of a call
  /// that was durable by itself. A search through the timeline.
  private func durableValues(_ file: Int32) -> [Int32: (version: Int32, value: Int)] {
    var newest: [Int32: (version: Int32, value: Int)] = [:]
    var durable: [Int32: (version: Int32, value: Int)] = [:]
    var clean: [Int32: Int32] = [:]
    for number in 0..<operations.count {
      let operation = operations[number]
      let isForced = operation.kind == .write && forcesUnitAccess(operation.name)
      for row in operation.versions {
        let version = versions[row]
        let cell = cells[Int(version.cell)]
        guard cell.kind != .entry, cell.subject == file else { continue }
        if durable[version.cell] == nil { durable[version.cell] = (0, cell.base) }
        newest[version.cell] = (version.version, version.value)
        if profile.ordering(of: cell.kind) == .durableOnReturn || operation.mark.effect == .durable
          || (isForced && cell.kind == .sector && operation.mark.effect == .usual)
        {
          durable[version.cell] = (version.version, version.value)
        }
        if operation.mark.effect == .neverWritten && cell.kind == .sector {
          clean[version.cell] = version.version
        }
      }
      guard operation.kind == .syncData || operation.kind == .syncFull, operation.file == file else {
        continue
      }
      for (cell, value) in newest where clean[cell] != value.version {
        if operation.mark.effect == .usual { durable[cell] = value }
        if operation.mark.effect == .cleanNotWritten && cells[Int(cell)].kind == .sector {
          clean[cell] = value.version
        }
      }
    }
    return durable
  }
}
