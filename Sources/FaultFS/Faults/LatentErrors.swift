/// The sectors that cannot be read, over the time of one recording.
///
/// Writing such a sector makes the disk put it elsewhere: from then on the cache has its bytes. After a crash it can be
/// read if that write surely reached the disk; where it may have been lost, the sector is taken to be as bad as before.
struct LatentErrors {
  private struct Record {
    var file: Int32
    var sector: Int32
    /// How many operations there were when the sector went bad.
    var start: Int
    /// The operation that wrote it again, or `Int.max`.
    var end = Int.max
  }

  private var records: [Record] = []

  var isEmpty: Bool { records.isEmpty }

  /// The sectors that cannot be read now.
  var sectors: [(file: Int32, sector: Int32)] {
    records.filter { $0.end == Int.max }.map { ($0.file, $0.sector) }
  }

  mutating func add(_ file: Int32, _ sector: Int32, operation: Int) {
    records.append(Record(file: file, sector: sector, start: operation))
  }

  /// The first of the sectors that cannot be read now, or nil.
  func first(_ file: Int32, _ sectors: ClosedRange<Int>) -> Int32? {
    records.filter { $0.file == file && $0.end == Int.max && sectors.contains(Int($0.sector)) }
      .map(\.sector).min()
  }

  /// Notes that the operation writes the sectors.
  mutating func heal(_ file: Int32, _ sectors: ClosedRange<Int>, operation: Int) {
    for place in records.indices
    where records[place].file == file && records[place].end == Int.max
      && sectors.contains(Int(records[place].sector))
    {
      records[place].end = operation
    }
  }

  /// What is bad on a disk that crashed at the point at which the window over `core` stands.
  func atCrash(_ core: DiskCore) -> LatentErrors {
    var errors = LatentErrors()
    for record in records where record.start <= core.walk.point {
      let cell = core.index.cell(file: record.file, sector: record.sector)
      let floor = cell < 0 ? 0 : core.walk.floor(cell)
      if floor > 0, Int(core.versions[core.walk.row(cell, floor)].operation) >= record.end { continue }
      if errors.first(record.file, Int(record.sector)...Int(record.sector)) != nil { continue }
      errors.add(record.file, record.sector, operation: 0)
    }
    return errors
  }
}

extension CrashWindow {
  /// The sectors that no disk which shows a state of the present point can read, until they are written.
  public var unreadableSectors: [(file: Int, sector: Int)] {
    checkLive()
    guard let errors = core.faults?.latentErrors, !errors.isEmpty else { return [] }
    return errors.atCrash(core).sectors.map { (Int($0.file), Int($0.sector)) }
  }

  /// Makes the disk that is about to be shown unable to read what could not be read at the crash.
  func handLatentErrorsOver() {
    guard let errors = core.faults?.latentErrors, !errors.isEmpty else { return }
    let left = errors.atCrash(core)
    if !left.isEmpty { core.innerCore.faultStateForChange.latentErrors = left }
  }
}
