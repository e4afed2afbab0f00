/// Power is cut, and the disk used again.
extension CrashWindow {
  /// Ends the window by a crash: the disk goes on from `state`, all of which is durable.
  ///
  /// What was recorded is forgotten, and so are open files, locks and faults, except for the sectors that can no longer
  /// be read. The window must not be used after that.
  ///
  /// - Parameter state: a legal state of the present point (`isLegal`); traps where it is not, and where the window's disk
  ///   itself shows a state of another window.
  public func cutPower(leaving state: CrashState) -> FaultDisk {
    beginShowing()
    if !isLegal(state) { fatalError("not a legal crash state at point \(point): \(state)") }
    let latentErrors = core.faults.map { $0.latentErrors.atCrash(core) }
    core.resolution.disarm(core)
    show(state)
    core.walk.changed.removeAll()
    core.faults = nil
    core.witness = nil
    core.whileSyncing = nil
    core.lockHolders.removeAll()
    core.generation += 1
    core.restart()
    if let latentErrors, !latentErrors.isEmpty { core.faultStateForChange.latentErrors = latentErrors }
    return FaultDisk(core)
  }
}

extension CrashWindow {
  /// Ends the window without a crash: the disk goes on with its timeline, as it was when the window took it over.
  /// The window must not be used after that.
  public func giveBack() -> FaultDisk {
    beginShowing()
    core.resolution.disarm(core)
    for row in 0..<core.versions.count { core.show(core.versions[row].cell, value: core.versions[row].value) }
    core.generation += 1
    return FaultDisk(core)
  }
}
