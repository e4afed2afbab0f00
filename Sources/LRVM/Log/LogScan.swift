import Storage

/// The live records of a log, read forward from the head and verified sector by sector.
///
/// The scan asks about one sector at a time and stops at the first that settles where the log ends (`SectorQuestion`);
/// where the file says that large reads are faster, it reads many. A batch that is not complete is left out whole.
///
/// **Where the log ends.** It ends at the first sector that is not there: torn, never written, of an earlier lap of the ring or
/// an earlier life. A crash leaves that only in the last batch, since each batch was synced before the next was written. So
/// whatever the missing sector looks like, a sector of a *later* batch proves that it had been durable: then it was damaged
/// afterwards, and the log is refused rather than cut short. Likewise where the status block says that the log was durable
/// further than it goes.
///
/// **Looking for a later batch** goes through the whole ring, since nobody knows how much damage destroys. It asks each sector
/// whether it proves that. A crash leaves sectors of the batch that lacks one in any combination, and
/// none of them does; so the search tells apart no more states than there are answers.
///
/// **Memory.** It keeps what it read while that takes no more than `bytesMax`. Beyond that `run` checks all and keeps nothing;
/// `readWindow` then reads it again, a part at a time.
struct LogScan: ~Copyable {
  /// Where a batch begins or ends: in the log, and in `stream` where that is whole.
  struct Bound: Hashable {
    var place: LogPlace
    var offset: Int
  }

  /// What a range takes while the newest values are found, beside its bytes.
  private static let bytesOfRange = 3 * 24

  /// The payloads, one after the other: all, or those of the last window.
  private(set) var stream = ByteBuffer()
  /// Whether `stream` has all records from the head to `end`.
  private(set) var isWhole = true
  let start: Bound
  /// After the last complete batch.
  private(set) var end: Bound
  /// Where the last complete batch begins, and the one before it.
  private(set) var lastBatch: Bound
  private(set) var batchBefore: Bound?
  /// Whether a sector of a batch after the last complete one was found: that one was synced before it was written.
  private(set) var foundLaterSector = false
  /// By index: whether a record names the segment.
  private(set) var isNamed: [Bool]

  private let file: any StorageFile
  private let shape: LogShape
  let status: StatusBlock
  private let bytesMax: Int
  private var sectors: SectorReader
  /// The next sector.
  private var position: UInt64
  private var expectedSequence: UInt64
  /// Where the first record begins in `stream` that is not complete.
  private var recordStart = 0
  private var rangeCount = 0
  /// What is wrong with a record of the batch that is not complete yet.
  private var violation: String?

  init(_ log: LogFile, from start: LogPlace? = nil, bytesMax: Int = .max) {
    self.init(log.file, log.shape, log.status, from: start, bytesMax: bytesMax)
  }

  init(
    _ file: any StorageFile, _ shape: LogShape, _ status: StatusBlock, from start: LogPlace? = nil,
    bytesMax: Int = .max
  ) {
    let start = Bound(place: start ?? status.head, offset: 0)
    self.file = file
    self.shape = shape
    self.status = status
    self.bytesMax = bytesMax
    self.start = start
    (end, lastBatch) = (start, start)
    position = start.place.position
    expectedSequence = start.place.sequence
    isNamed = Array(repeating: false, count: status.segments.count)
    sectors = SectorReader(file, shape)
  }

  /// The same log, of which a part is to be read again.
  init(rereading scan: borrowing LogScan, from start: LogPlace) {
    self.init(scan.file, scan.shape, scan.status, from: start, bytesMax: scan.bytesMax)
  }

  /// How many records there are from the head to the end.
  var recordCount: Int { Int(end.place.sequence - start.place.sequence) }

  /// Why the records end at `end`, for a reader.
  mutating func endingDescription() throws(RVMError) -> String {
    if position >= ringEnd { return LogEnding.full.description }
    let (position, generation) = (position, status.generation)
    let ending = try sectors.ask(position) { LogEnding($0, at: position, generation) }
    return position == end.place.position
      ? ending.description
      : "the batch that begins there lacks the sector at position \(position): \(ending.description)"
  }

  private var ringEnd: UInt64 { status.headPosition + UInt64(shape.recordSectors) }

  /// Reads all records to the end of the log, and checks that it ends there for a reason that a crash explains.
  mutating func run() throws(RVMError) {
    while position < ringEnd, try takeSector() {
      if cost > bytesMax {
        isWhole = false
        dropRead()
      }
    }
    if position < ringEnd { try refuseDamageOfDurable() }
    if end.place.position < status.durableEnd {
      throw damaged(
        "its records end at position \(end.place.position), although they were durable up to "
          + "\(status.durableEnd)")
    }
    if isWhole { stream.resize(to: end.offset) }
  }

  /// Reads the next records before `limit`, which is the end of a batch, until they take `bytesMax`.
  ///
  /// - Returns: where they lie in `stream`; empty where none is left.
  mutating func readWindow(to limit: UInt64) throws(RVMError) -> Range<Int> {
    dropRead()
    var isThere = true
    while isThere, position < limit, cost <= bytesMax || recordStart == 0 { isThere = try takeSector() }
    if !isThere || position == limit && end.place.position != limit {
      throw damaged(
        "its records end at position \(end.place.position), not at \(limit) as they were written")
    }
    return 0..<recordStart
  }

  /// How much of what lies between the start and `limit` was read, from 0 to 1.
  func share(of limit: UInt64) -> Double {
    Double(position - start.place.position) / Double(max(1, limit - start.place.position))
  }

  private var cost: Int { stream.count + rangeCount * Self.bytesOfRange }

  /// Forgets the records that are complete.
  private mutating func dropRead() {
    stream.removeFirst(recordStart)
    (recordStart, rangeCount) = (0, 0)
  }

  /// Takes the sector at `position` if it belongs to the log; false where the log ends there.
  private mutating func takeSector() throws(RVMError) -> Bool {
    let question = question(position)
    let finding = try sectors.ask(position) { question.asNext($0) }
    guard case .member(let stamp) = finding else {
      try refuse(finding, at: position)
      return false
    }
    guard stamp.batchStart == end.place.position else {
      throw damaged(
        "the sector at position \(position) says that its batch begins at \(stamp.batchStart), not at "
          + "\(end.place.position)")
    }
    if position == start.place.position { reserve() }
    try sectors.read(position, stamp)
    sectors.appendPayload(position, of: stamp, to: &stream)
    position += 1
    try takeRecords(stamp)
    foundLaterSector = !stamp.isLastOfBatch
    return true
  }

  /// Room for what is to come, at once: memory that is not used costs nothing where the scan reads much at a time.
  private mutating func reserve() {
    let isSequential = file.sequentialReadLength > 0
    stream.reserve(min(shape.batchBytesMax, bytesMax, isSequential ? 1 << 26 : 1 << 16))
  }

  private func question(_ position: UInt64) -> SectorQuestion {
    SectorQuestion(position, end: end.place.position, status)
  }

  /// Throws where a sector proves that the log is not what the status block and its own sectors say.
  private func refuse(_ finding: SectorFinding, at place: UInt64) throws(RVMError) {
    switch finding {
    case .nothing, .member, .sameBatch: return
    case .laterBatch:
      throw damaged(
        "the sector at position \(position) is damaged, although it was durable before position "
          + "\(place) was written")
    case .astray(let stamp):
      throw damaged(
        "the sector at position \(place) holds the one of position \(stamp.position), before which all "
          + "was durable up to \(stamp.batchStart)")
    case .laterGeneration(let generation):
      throw damaged(
        "the sector at position \(place) was written in generation \(generation), so the status "
          + "block that was found, which knows \(status.generationMax), is not the newest")
    case .laterStatus: throw damaged("a status block was written over the sector at position \(place)")
    }
  }

  /// Takes the records that are complete; the batch they belong to becomes live with its last one.
  private mutating func takeRecords(_ stamp: SectorStamp) throws(RVMError) {
    while stream.count - recordStart >= Record.headerLength {
      let header = Record.Header.load(from: stream, at: recordStart)
      guard header.sequence == expectedSequence, header.length >= Record.headerLength else {
        throw damaged(
          "the record before position \(position) has sequence number \(header.sequence) and length "
            + "\(header.length), where number \(expectedSequence) belongs")
      }
      guard header.length <= stream.count - recordStart else { break }
      checkRanges(header)
      recordStart += header.length
      expectedSequence += 1
      if header.followers == 0 {
        guard recordStart == stream.count, stamp.isLastOfBatch else {
          throw damaged("bytes follow the last record of a batch before position \(position)")
        }
        if let violation { throw damaged(violation) }
        batchBefore = end == start ? nil : lastBatch
        lastBatch = end
        end = Bound(
          place: LogPlace(position: position, sequence: expectedSequence), offset: recordStart)
        return
      }
    }
    if stamp.isLastOfBatch { throw damaged("a batch ends within a record before position \(position)") }
  }

  /// Whether each range of the record at `recordStart` lies in a segment.
  private mutating func checkRanges(_ header: Record.Header) {
    let recordEnd = recordStart + header.length
    var offset = recordStart + Record.headerLength
    while offset < recordEnd {
      guard let range = Record.Range.load(from: stream, at: offset, end: recordEnd),
        range.segment < isNamed.count, range.end <= status.segments[range.segment].length
      else {
        violation = violation ?? "record \(header.sequence) names bytes that no segment has"
        return
      }
      isNamed[range.segment] = true
      rangeCount += 1
      offset = range.valuesEnd
    }
  }

  /// The sector at `position` is not there. Refuses the log where another one proves that it was.
  ///
  /// A sector that cannot be read proves nothing.
  private mutating func refuseDamageOfDurable() throws(RVMError) {
    var question = question(position)
    for place in position + 1..<ringEnd {
      question.position = place
      let (question, seeksBatch) = (question, !foundLaterSector)
      let finding: SectorFinding
      do {
        finding = try sectors.ask(place) { question.afterMissing($0, seeksBatch: seeksBatch) }
      } catch .storage {
        continue
      }
      if finding == .sameBatch { foundLaterSector = true }
      try refuse(finding, at: place)
    }
  }

  private func damaged(_ reason: String) -> RVMError { .logDamaged(log: file.name, reason: reason) }
}
