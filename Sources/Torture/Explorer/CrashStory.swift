import FaultFS

/// What a crash did to each cell that it did not leave at its newest version, told in sentences.
enum CrashStory {
  /// A sentence for each cell, with the storage operation that was lost or torn.
  static func lines(_ window: CrashWindow, _ state: CrashState) -> [String] {
    losses(window, state).map(\.sentence)
  }

  struct Loss {
    var sentence: String
    /// The first operation whose effect on the cell is gone.
    var operation: FaultFS.Operation
  }

  static func losses(_ window: CrashWindow, _ state: CrashState) -> [Loss] {
    let timeline = window.timeline
    return state.deviations.compactMap { deviation in
      let lost = VersionID(cell: deviation.cell, version: deviation.version + 1)
      guard let index = window.operation(making: lost) else { return nil }
      let operation = timeline.operation(index)
      let cell = timeline.cell(deviation.cell)
      let last = window.candidates(of: deviation.cell).upperBound
      let others = last > lost.version ? " and \(last - lost.version) later ones" : ""
      let place = place(cell, sectorLength: window.profile.sectorLength)
      let effect =
        if let tear = deviation.tear {
          "torn: \(place) holds \(describe(tear)) after"
        } else {
          "lost: \(place), by"
        }
      return Loss(
        sentence: "\(effect) storage operation \(index) (\(describe(operation)))\(others)",
        operation: operation)
    }
  }

  private static func place(_ cell: Cell, sectorLength: Int) -> String {
    switch cell.kind {
    case .sector:
      let start = (cell.sector ?? 0) * sectorLength
      return "bytes \(start)..<\(start + sectorLength) of \(cell.name)"
    case .size: return "the size of \(cell.name)"
    case .entry: return "the directory entry \(cell.name)"
    }
  }

  private static func describe(_ tear: Tear) -> String {
    let new = tear.isBare ? "no new byte" : "new bytes only in \(tear.newBytesStart)..<\(tear.newBytesEnd)"
    switch tear.rest {
    case .old: return "\(new), else old ones,"
    case .zeros: return "\(new), else zeros,"
    case .garbage: return "\(new), else garbage,"
    }
  }

  /// One storage operation in words.
  static func describe(_ operation: FaultFS.Operation) -> String {
    switch operation.kind {
    case .create: "create \(operation.name)"
    case .write: "write \(operation.offset)..<\(operation.offset + operation.length) of \(operation.name)"
    case .truncate: "truncate \(operation.name) to \(operation.length) bytes"
    case .allocate: "allocate \(operation.length) bytes for \(operation.name)"
    case .syncData: "sync the data of \(operation.name)"
    case .syncFull: "sync \(operation.name) in full"
    case .syncDirectory: "sync the directory '\(operation.name)'"
    case .rename: "rename \(operation.name) to \(operation.newName ?? "")"
    case .remove: "remove \(operation.name)"
    }
  }
}
