/// Why the records of a log end where they do: what is in the sector that would be the next.
enum LogEnding: Hashable {
  /// None: the record area is full.
  case full
  /// Zeros: it was never written.
  case blank
  /// Something whose checksum does not hold: it was torn, or damaged later.
  case torn
  /// One that another life of the log left, or a copy that a recovery did not finish.
  case generation(UInt32)
  /// One of an earlier lap of the ring, or one that belongs to another place.
  case position(UInt64)
  /// One that verifies itself, and that the records before it contradict.
  case contradicted

  /// What the sector is that lies at `position` of a log whose live records are of `generation`.
  init(_ sector: RawSpan, at position: UInt64, _ generation: UInt32) {
    guard let stamp = SectorStamp.verify(sector) else {
      self = sector.isZero ? .blank : .torn
      return
    }
    if stamp.generation != generation {
      self = .generation(stamp.generation)
    } else {
      self = stamp.position == position ? .contradicted : .position(stamp.position)
    }
  }

  var description: String {
    switch self {
    case .full: "the record area is full"
    case .blank: "the sector there was never written"
    case .torn: "the checksum of the sector there does not hold: it was torn, or damaged later"
    case .generation(let generation):
      "the sector there is of generation \(generation), another life of the log"
    case .position(let position): "the sector there is of another lap or place, at position \(position)"
    case .contradicted: "the sector there is whole, and contradicts the records before it"
    }
  }
}
