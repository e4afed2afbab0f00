public import FaultFS

/// What a crash did to a cell that it did not leave at its newest version, or to several sectors of one file side by side
/// of which the same is to be said.
public struct Loss: Hashable, Sendable, Codable {
  /// What is lost.
  public enum Place: Hashable, Sendable, Codable {
    /// Bytes of the file that the call names.
    case bytes(Range<Int>)
    case size
    /// A name in a directory.
    case entry(String)
    /// Permissions, owner, times or extended attributes.
    case attributes
  }

  /// The first call whose effect is gone.
  public var call: StorageCall
  public var place: Place
  /// How a sector is a mix of two versions; nil where the effect is gone whole.
  public var tear: Tear?
  /// How many calls after that one are gone as well.
  public var laterCount: Int

  public init(call: StorageCall, place: Place, tear: Tear? = nil, laterCount: Int = 0) {
    self.call = call
    self.place = place
    self.tear = tear
    self.laterCount = laterCount
  }
}

extension Loss {
  /// A loss as it is found, with what says which losses belong together.
  package struct Found {
    package var loss: Loss
    /// What the disk's witness answered at the call.
    package var witness: Int?
    fileprivate var cell: Cell
    fileprivate var sectors: Range<Int>
    private let sectorLength: Int

    fileprivate init?(_ deviation: CrashState.Deviation, _ window: CrashWindow) {
      let lost = VersionID(cell: deviation.cell, version: deviation.version + 1)
      guard let index = window.operation(making: lost) else { return nil }
      let operation = window.timeline.operation(index)
      cell = window.timeline.cell(deviation.cell)
      let sector = cell.sector ?? 0
      sectors = sector..<sector + 1
      sectorLength = window.profile.sectorLength
      witness = operation.witness
      loss = Loss(
        call: StorageCall(operation), place: .size, tear: deviation.tear,
        laterCount: window.candidates(of: deviation.cell).upperBound - lost.version)
      // A file is called what the call called it: by now it may have another name.
      loss.place =
        switch cell.kind {
        case .sector: .bytes(sectors.lowerBound * sectorLength..<sectors.upperBound * sectorLength)
        case .size: .size
        case .entry: .entry(cell.name)
        case .attributes: .attributes
        }
    }

    /// What a sync would have to cover: a file by its number, or the name of a directory's entry.
    package var subject: (file: Int?, entry: String) { (cell.file, cell.name) }

    /// Takes `next` in where the same is to be said of both but for the place.
    fileprivate mutating func absorb(_ next: Found) -> Bool {
      guard cell.kind == .sector, next.cell.kind == .sector, cell.file == next.cell.file,
        loss.call.number == next.loss.call.number, loss.tear == nil, next.loss.tear == nil,
        loss.laterCount == next.loss.laterCount, sectors.upperBound == next.sectors.lowerBound
      else { return false }
      sectors = sectors.lowerBound..<next.sectors.upperBound
      loss.place = .bytes(sectors.lowerBound * sectorLength..<sectors.upperBound * sectorLength)
      return true
    }

    fileprivate static func isBefore(_ left: Found, _ right: Found) -> Bool {
      (
        left.loss.call.number, left.cell.file ?? -1, left.cell.kind.rawValue, left.sectors.lowerBound,
        left.cell.id
      ) < (
        right.loss.call.number, right.cell.file ?? -1, right.cell.kind.rawValue, right.sectors.lowerBound,
        right.cell.id
      )
    }
  }
}

extension CrashWindow {
  /// What is lost or torn in `state`, in the order of the calls.
  package func losses(in state: CrashState) -> [Loss.Found] {
    let cells = state.deviations.compactMap { Loss.Found($0, self) }
    var losses: [Loss.Found] = []
    for loss in cells.sorted(by: Loss.Found.isBefore) {
      if losses.indices.last.map({ losses[$0].absorb(loss) }) != true { losses.append(loss) }
    }
    return losses
  }
}
