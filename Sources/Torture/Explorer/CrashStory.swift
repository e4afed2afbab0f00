import FaultFS

/// What a crash did to the cells that it did not leave at their newest version, told in sentences.
enum CrashStory {
  /// A sentence for each loss, in the order of the storage operations that were lost or torn.
  static func lines(_ window: CrashWindow, _ state: CrashState) -> [String] {
    losses(window, state).map(\.sentence)
  }

  /// One cell, or several sectors of one file side by side of which the same is to be said.
  struct Loss {
    /// The first operation whose effect is gone.
    var operation: FaultFS.Operation
    var tear: Tear?
    /// How many operations after that one are gone as well.
    var laterCount: Int
    var cell: Cell
    var sectors: Range<Int>
    fileprivate var sectorLength: Int

    var sentence: String {
      let later =
        switch laterCount {
        case 0: ""
        case 1: " and a later one"
        default: " and \(laterCount) later ones"
        }
      let effect =
        tear.map { "torn: \(place) holds \(CrashStory.describe($0)) after" } ?? "lost: \(place), by"
      return "\(effect) storage operation \(operation.index) (\(CrashStory.describe(operation)))\(later)"
    }

    /// A file is called what the operation called it: by now it may have another name.
    private var place: String {
      switch cell.kind {
      case .sector:
        "bytes \(sectors.lowerBound * sectorLength)..<\(sectors.upperBound * sectorLength) of \(operation.name)"
      case .size: "the size of \(operation.name)"
      case .entry: "the directory entry \(cell.name)"
      }
    }

    /// Takes `next` in where the sentence for both is the same but for the place.
    fileprivate mutating func absorb(_ next: Loss) -> Bool {
      guard cell.kind == .sector, next.cell.kind == .sector, cell.file == next.cell.file,
        operation.index == next.operation.index, tear == nil, next.tear == nil,
        laterCount == next.laterCount, sectors.upperBound == next.sectors.lowerBound
      else { return false }
      sectors = sectors.lowerBound..<next.sectors.upperBound
      return true
    }
  }

  /// What is lost or torn, in the order of the operations.
  static func losses(_ window: CrashWindow, _ state: CrashState) -> [Loss] {
    let timeline = window.timeline
    let cells = state.deviations.compactMap { deviation -> Loss? in
      let lost = VersionID(cell: deviation.cell, version: deviation.version + 1)
      guard let index = window.operation(making: lost) else { return nil }
      let cell = timeline.cell(deviation.cell)
      let sector = cell.sector ?? 0
      return Loss(
        operation: timeline.operation(index), tear: deviation.tear,
        laterCount: window.candidates(of: deviation.cell).upperBound - lost.version, cell: cell,
        sectors: sector..<sector + 1, sectorLength: window.profile.sectorLength)
    }
    var losses: [Loss] = []
    for loss in cells.sorted(by: isBefore) {
      if losses.indices.last.map({ losses[$0].absorb(loss) }) != true { losses.append(loss) }
    }
    return losses
  }

  private static func isBefore(_ left: Loss, _ right: Loss) -> Bool {
    (
      left.operation.index, left.cell.file ?? -1, left.cell.kind.rawValue, left.sectors.lowerBound,
      left.cell.id
    )
      < (
        right.operation.index, right.cell.file ?? -1, right.cell.kind.rawValue, right.sectors.lowerBound,
        right.cell.id
      )
  }

  fileprivate static func describe(_ tear: Tear) -> String {
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
    case .write:
      "\(operation.isForced ? "durable write" : "write") \(operation.offset)..<\(operation.offset + operation.length) "
        + "of \(operation.name)"
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
