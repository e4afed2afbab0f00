import FaultFS

/// What may be lost at a window's present point, by the calls that made it.
extension CrashWindow {
  /// Each version that may be lost, by ascending cells, with the operation that made it.
  var losableVersions: [(version: VersionID, operation: Int)] {
    openCells.flatMap { cell in
      candidates(of: cell).dropFirst().compactMap { number in
        let version = VersionID(cell: cell, version: number)
        return operation(making: version).map { (version, $0) }
      }
    }
  }

  /// The newest candidate of a cell that an operation up to `number` made.
  func newest(_ cell: Cell.ID, upTo number: Int) -> Int {
    let candidates = candidates(of: cell)
    return candidates.last {
      $0 == candidates.lowerBound || operation(making: VersionID(cell: cell, version: $0)) ?? 0 <= number
    } ?? candidates.lowerBound
  }
}
