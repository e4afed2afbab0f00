internal import Storage
internal import SystemPackage

/// What the faults of one disk need to remember. A disk that no fault can strike has none, so that its calls ask one
/// question more than they would without faults: whether there is one of these.
final class FaultState {
  /// What strikes; nil where only the traces of earlier faults are left.
  var injector: FaultInjector?
  var latentErrors = LatentErrors()
  var syncErrors = SyncErrors()
}

extension DiskCore {
  /// The faults' memory, made where there is none yet.
  var faultStateForChange: FaultState {
    if let faults { return faults }
    let made = FaultState()
    faults = made
    return made
  }

  /// What strikes a call; nil for nothing. To be asked once for each call. The call of a process that is killed fails.
  func strike(
    _ call: Fault.Call, _ names: [String], _ range: Range<Int>? = nil, _ operation: StorageError.Operation
  ) throws(StorageError) -> FaultInjector.Strike? {
    guard let injector = faults?.injector else { return nil }
    let strike = injector.isKilled ? nil : strikeMemory(call, names, range)
    if let strike, strike.kind == .kill {
      note(strike)
      injector.isKilled = true
    }
    if injector.isKilled { throw StorageError(operation, names[0], .errno(.canceled)) }
    return strike
  }

  /// The same of a store or a flush of mapped memory, which cannot fail.
  func strikeMemory(
    _ call: Fault.Call, _ names: [String], _ range: Range<Int>?
  ) -> FaultInjector.Strike? {
    faults?.injector?.strike(call, names, range, operation: operations.count)
  }

  /// Notes that a fault has struck.
  func note(_ strike: FaultInjector.Strike, _ detail: String = "") {
    faults?.injector?.note(strike, detail)
  }

  /// Whether a cell counts as clean when its file's sectors do: a size is metadata, and only shares the sectors' fate
  /// where a call is one atom.
  func canBeClean(_ cell: Int32) -> Bool {
    switch cells[Int(cell)].kind {
    case .sector: true
    case .size: profile.atom == .call
    case .entry, .attributes: false
    }
  }

  /// Runs `body`, whose operations a fault made or changed.
  func marking<Result, Failure: Error>(
    _ effect: OperationEffect, _ fault: Fault.Kind?, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    mark = OperationMark(effect: effect, fault: fault)
    defer { mark = OperationMark() }
    return try body()
  }
}
