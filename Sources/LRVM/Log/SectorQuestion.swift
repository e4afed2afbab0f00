/// What a sector tells who looks for the end of the log.
enum SectorFinding: Hashable {
  /// Nothing: it is torn or was never written, or what is in it is dead.
  case nothing
  /// It belongs to the log, in the place where it lies.
  case member(SectorStamp)
  /// It belongs to the batch that begins at the log's end.
  case sameBatch
  /// It belongs to a later batch.
  case laterBatch
  /// It belongs to a later batch, and to another place.
  case astray(SectorStamp)
  /// A later life of the log wrote it.
  case laterGeneration(UInt32)
  /// It is a status block that is newer than the one that was found.
  case laterStatus
}

/// What a scan asks about a sector: what it tells, and no more than that, so that an exploration need not tell apart what
/// makes no difference (`StorageFile.examine`).
///
/// **What is evidence.** A sector of the log's own generation whose batch begins behind the log's end, wherever it lies; and a
/// sector or a status block that only a later life can have written. Anything else that lies outside of the live records is
/// dead, however whole it is: a crash or an earlier life explains it. That goes for a copy that a recovery did not finish, of a
/// generation after the log's to which nothing points.
struct SectorQuestion: BitwiseCopyable {
  /// Where the sector lies.
  var position: UInt64
  /// Where the log ends, as far as it was read.
  let end: UInt64
  let generation: UInt32
  let generationMax: UInt32
  /// Of the status block that was found.
  let counter: UInt64

  init(_ position: UInt64, end: UInt64, _ status: StatusBlock) {
    self.position = position
    self.end = end
    generation = status.generation
    generationMax = status.generationMax
    counter = status.counter
  }

  /// What the sector tells that would be the next of the log.
  func asNext(_ sector: RawSpan) -> SectorFinding {
    guard let stamp = SectorStamp.verify(sector) else {
      let isLater = StatusBlock.hasMagic(sector) && (StatusBlock.decode(sector)?.counter ?? 0) > counter
      return isLater ? .laterStatus : .nothing
    }
    if stamp.generation > generationMax { return .laterGeneration(stamp.generation) }
    if stamp.generation != generation { return .nothing }
    if stamp.position == position { return .member(stamp) }
    return stamp.batchStart > end ? .astray(stamp) : .nothing
  }

  /// What a sector tells of a batch whose next sector is not there.
  ///
  /// - Parameter seeksBatch: whether a sector of that batch tells anything.
  func afterMissing(_ sector: RawSpan, seeksBatch: Bool) -> SectorFinding {
    let claimed = SectorStamp.claimed(sector)
    let mayTell =
      claimed.generation == generation && claimed.position > end || claimed.generation > generationMax
      || StatusBlock.hasMagic(sector)
    if !mayTell { return .nothing }
    let finding = asNext(sector)
    guard case .member(let stamp) = finding else { return finding }
    if stamp.batchStart > end { return .laterBatch }
    return seeksBatch && stamp.batchStart == end ? .sameBatch : .nothing
  }
}
