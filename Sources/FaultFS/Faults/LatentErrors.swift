/// The sectors that cannot be read, over the time of one recording.
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

  mutating func add(_ file: Int32, _ sector: Int32, operation: Int) {
    records.append(Record(file: file, sector: sector, start: operation))
  }

  /// Whether one of the sectors cannot be read now.
  func strikes(_ file: Int32, _ sectors: ClosedRange<Int>) -> Bool {
    records.contains { $0.file == file && $0.end == Int.max && sectors.contains(Int($0.sector)) }
  }

  /// Notes that the operation writes the sectors: the disk puts them elsewhere.
  mutating func heal(_ file: Int32, _ sectors: ClosedRange<Int>, operation: Int) {
    for place in records.indices
    where records[place].file == file && records[place].end == Int.max
      && sectors.contains(Int(records[place].sector))
    {
      records[place].end = operation
    }
  }

  /// What is bad on a disk that crashed at `point`; a write in flight there has healed nothing.
  func atCrash(_ point: Int) -> LatentErrors {
    var errors = LatentErrors()
    for record in records where record.start <= point && record.end >= point {
      errors.add(record.file, record.sector, operation: 0)
    }
    return errors
  }
}
