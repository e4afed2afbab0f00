internal import Storage
internal import SystemPackage

/// What faults do to syncs.
///
/// - A *lying sync* returns and covers nothing. What it should have covered stays as it was: a later sync may cover it.
/// - A *failed sync* covers nothing, and leaves behind one of the profile's `failedSync`, which the fault names or its
///   seed draws:
///   - *Clean but not written.* From the moment the sync begins, the file's sectors count as clean. The cache shows the
///     new bytes; the disk may hold them or not; no later sync covers these versions, but it covers later ones,
///     which contain them. Whatever the profile's order made wait for them waits no longer: a file's new size may be on
///     the disk without them. Metadata is in a journal of its own: a later sync covers it.
///   - *Reported late.* The same, but the call returns.
///   - *Reverted.* The file's sectors and its size are again what the disk surely holds, for reads and after a crash.
/// - Whoever else has the file open learns of it as well, by one failing sync each (`SyncErrors`). Such a sync writes
///   nothing, and takes nothing from what the next one covers.
/// - A *failed sync of a directory* covers nothing. With a journal, the next one writes what this one could not.
///   Without (`Profile.Order.free`), the names count as clean although they were not written.
extension DiskCore {
  /// Syncs a file as a disk on which faults may strike.
  ///
  /// - Parameters:
  ///   - begun: how many operations there were when it began.
  ///   - known: how many errors of the file the descriptor knows of (`SyncErrors`).
  func faultySync(
    _ file: Int32, name: Int32, _ kind: SyncKind, begun: Int, known: inout Int32
  ) throws(StorageError) {
    let error = StorageError(.sync, images.names[name], .errno(.ioError))
    let strike = try strike(.sync, [images.names[name]], nil, .sync)
    if let report = faults?.syncErrors.report(file, known: known, to: faults?.injector) {
      known = report.count
      if let fault = report.fault {
        let detail = report.wasSeen ? "reported to one more descriptor" : "reported late"
        faults?.injector?.noteReport(of: fault, file: images.names[name], operation: operations.count, detail)
      }
      marking(.nothing, .syncError) { sync(file, name: name, kind, begun: begun) }
      throw error
    }
    guard let strike else { return sync(file, name: name, kind, begun: begun) }
    switch strike.kind {
    case .lyingSync:
      note(strike)
      marking(.nothing, .lyingSync) { sync(file, name: name, kind, begun: begun) }
    case .syncError:
      let outcome = strike.failedSync(of: profile)
      note(strike, outcome.rawValue)
      switch outcome {
      case .cleanNotWritten, .reportedLate:
        marking(.cleanNotWritten, .syncError) { sync(file, name: name, kind, begun: begun) }
      case .reverted: revert(file, name: name, kind)
      }
      let isSeen = outcome != .reportedLate
      let count = faults?.syncErrors.add(file, fault: strike.fault, of: faults?.injector, isSeen: isSeen)
      if isSeen {
        known = count ?? known
        throw error
      }
    default:
      if strike.kind == .interrupted { note(strike) }
      sync(file, name: name, kind, begun: begun)
    }
  }

  /// Syncs a directory, which a fault may strike.
  ///
  /// - Parameters:
  ///   - directory: its number in the table of names.
  ///   - file: the directory's file in a tree; -1 where directories are parts of names.
  func syncDirectory(_ directory: Int32, file: Int32, name: Int32) throws(StorageError) {
    let begun = beginSync()
    let strike =
      faults == nil ? nil : try strike(.syncDirectory, [images.names[name]], nil, .syncDirectory)
    let fails = strike?.kind == .syncError
    var effect = strike == nil ? OperationEffect.usual : .nothing
    if fails && profile.order == .free { effect = .cleanNotWritten }
    if let strike { note(strike) }
    marking(effect, strike?.kind) {
      record(
        .syncDirectory, file: file, name: name, directory: directory, firstVersion: versions.count,
        begun: begun)
    }
    if fails { throw StorageError(.syncDirectory, images.names[name], .errno(.ioError)) }
  }

  /// Makes a file's sectors and size again what the disk surely holds of them, as the operation of a sync that failed.
  private func revert(_ file: Int32, name: Int32, _ kind: SyncKind) {
    walk.run(self)
    let firstVersion = versions.count
    // Sectors in ascending order, then the size.
    let lost = (0..<walk.openCount).map { walk.openCell($0) }
      .filter { cells[Int($0)].kind != .entry && cells[Int($0)].subject == file }
      .sorted { one, other in
        let (one, other) = (cells[Int(one)], cells[Int(other)])
        return one.kind == other.kind ? one.sector < other.sector : one.kind == .sector
      }
    for cell in lost {
      let floor = walk.floor(cell)
      let row = floor == 0 ? -1 : Int32(walk.row(cell, floor))
      let value = floor == 0 ? cells[Int(cell)].base : versions[Int(row)].value
      if cells[Int(cell)].kind == .sector {
        settleBytes(ofVersionAt: row, of: cell, 0..<sectorLength, showsNewest: true)
        show(cell, value: value)
        appendVersion(
          cell, written: 0..<sectorLength,
          value: images.save(file, sector: cells[Int(cell)].sector, to: arena))
      } else {
        show(cell, value: value)
        appendVersion(cell, value: value)
      }
    }
    let operation: Operation.Kind =
      switch kind {
      case .data: .syncData
      case .full: .syncFull
      }
    marking(.replaced, .syncError) {
      record(operation, file: file, name: name, firstVersion: firstVersion)
    }
  }
}
