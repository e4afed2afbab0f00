/// Showing a crash state as a disk.
extension CrashWindow {
  /// Runs `body` with a disk that shows exactly `state`.
  ///
  /// The disk has no open files and no locks, and records a timeline of its own from here on: a `CrashWindow` over it
  /// walks the crash points of what the body did to it. When the body returns or throws, everything that it did is
  /// undone; its disk, files, windows and timelines must not be used after that (files may be closed).
  ///
  /// The cost follows the sectors that the state and the body touch, not the size of the files.
  ///
  /// - Parameters:
  ///   - state: a legal state of the present point (`isLegal`); traps where it is not.
  ///   - keepsVersions: false where what the body does is only to be undone: it is quicker, and a crash window or a timeline
  ///     of the disk, and faults on it, trap.
  public func withDisk<Result, Failure: Error>(
    showing state: CrashState, keepsVersions: Bool = true, _ body: (FaultDisk) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    beginShowing()
    if !isLegal(state) { fatalError("not a legal crash state at point \(point): \(state)") }
    let inner = core.innerCore
    core.shownState = state
    show(state)
    inner.begin(keepsVersions: keepsVersions)
    handLatentErrorsOver()
    markOuterChoices()
    defer {
      inner.discard()
      showFloors()
      core.shownState = nil
      giveBackOuterChoices()
      endShowing()
    }
    return try body(FaultDisk(inner))
  }

  /// Changes the images from the floors to `state`, noting the cells that differ.
  func show(_ state: CrashState) {
    let walk = core.walk
    var next = 0
    for place in 0..<walk.openCount {
      let cell = walk.openCell(place)
      var version = walk.newest(cell)
      var tear: Tear?
      if next < state.deviations.count && state.deviations[next].cell.number == cell {
        version = Int32(state.deviations[next].version)
        tear = state.deviations[next].tear
        next += 1
      }
      if version == walk.floor(cell) && tear == nil { continue }
      walk.changed.append(cell)
      core.show(cell, value: walk.value(core, cell, version))
      if let tear {
        let record = core.cells[Int(cell)]
        let length = core.sectorLength
        let start = Int(record.sector) * length
        core.images.noteChange(record.subject, start..<start + length)
        unsafe put(
          tear, of: cell, after: version, over: core.images.bytes(record.subject, at: start, count: length))
      }
    }
  }

  /// Puts the bytes of a tear over a sector's bytes in `version`.
  @unsafe
  func put(
    _ tear: Tear, of cell: Int32, after version: Int32, over target: UnsafeMutableRawBufferPointer
  ) {
    let next = core.versions[core.walk.row(cell, version + 1)]
    let length = core.sectorLength
    let restBytes = core.restBytes(of: tear, of: cell, after: version)
    switch tear.rest {
    case .old: break
    case .zeros: for index in restBytes { unsafe target[index] = 0 }
    case .garbage(let seed): for index in restBytes { unsafe target[index] = Tear.garbage(seed, byte: index) }
    }
    let newBytes = unsafe core.arena.bytes(at: next.value, count: length)
    for index in tear.newBytesStart..<tear.newBytesEnd { unsafe target[index] = newBytes[index] }
  }

  /// Changes the images back from a state to the floors.
  private func showFloors() {
    let walk = core.walk
    for place in 0..<walk.changed.count {
      let cell = walk.changed[place]
      core.show(cell, value: walk.value(core, cell, walk.floor(cell)))
    }
    walk.changed.removeAll()
  }
}
