internal import CXXHash

/// What one step of a course observed of the recorded disk: bytes of a sector, a size or an entry.
struct CourseStep: BitwiseCopyable {
  /// A cell of the recording; -1 ends the course.
  var cell: Int32
  /// The bytes of a sector that were observed, as a number of a set; -1: all of them.
  var mask: Int32 = -1
  /// A size or an entry was observed as far as it lies between these.
  var lower = 0
  var upper = 0
  /// The hash of the bytes or of what was answered about them, or the value between its bounds.
  var content: UInt64 = 0
  /// Whether a question was asked about the bytes of a sector, and they were not observed.
  var isQuestion = false
}

/// Writes down the course that a body takes: what it observes of the recorded disk, in order, each thing once.
///
/// Only what the body does not know yet is a step: a byte that it wrote hides the recorded one, and one that it
/// observed before tells it nothing new. A sector, size or entry that no operation of the recording touched shows the
/// same at every crash point, and is no step either.
///
/// When the course has ended, the bodies of windows nested in it go on to use the disk. Of those only the cells are
/// noted that they could depend on (*dependencies*): all that they read or changed, and all that the course changed.
final class CourseTrace {
  enum Phase {
    case steps, dependencies
  }

  /// What a course knows of one cell.
  private struct Known: BitwiseCopyable {
    var cell: Int32
    /// A size or an entry lies between these.
    var lowest = Int.min
    var highest = Int.max

    /// Whether an observation between `lower` and `upper` would tell nothing new.
    func tells(_ lower: Int, _ upper: Int) -> Bool {
      if lower > upper { return lowest == highest || lower < lowest || lower > highest }
      return DiskCore.part(of: lowest, between: lower, and: upper)
        == DiskCore.part(of: highest, between: lower, and: upper)
    }
  }

  private let window: CrashWindow
  private let base: DiskCore
  private(set) var phase = Phase.steps
  let steps = Column<CourseStep>()
  let masks: SectorMasks
  /// For each step that is a question, in order, the contents that have its answer: hashes, and where they end.
  let contents = Column<UInt64>()
  let contentEnds = Column<Int32>()
  /// Whether something was observed that is no step.
  private(set) var isSpoiled = false

  private let known = Column<Known>()
  /// For each of `known`, the bytes of the sector that were observed or written.
  private let covered: SectorMasks
  private let knownOfCell = Column<Int32>()

  let dependencies = Column<Int32>()
  private let isDependency = Column<Bool>()

  private let hasher: MaskedHasher

  init(_ window: CrashWindow, _ hasher: MaskedHasher) {
    self.window = window
    base = window.core
    self.hasher = hasher
    masks = SectorMasks(sectorLength: base.sectorLength)
    covered = SectorMasks(sectorLength: base.sectorLength)
  }

  func begin() {
    phase = .steps
    isSpoiled = false
    steps.removeAll()
    masks.removeAll()
    contents.removeAll()
    contentEnds.removeAll()
    for place in 0..<known.count { knownOfCell[Int(known[place].cell)] = -1 }
    known.removeAll()
    covered.removeAll()
    for place in 0..<dependencies.count { isDependency[Int(dependencies[place])] = false }
    dependencies.removeAll()
    if knownOfCell.count < base.cells.count {
      knownOfCell.resize(to: base.cells.count, filler: -1)
      isDependency.resize(to: base.cells.count, filler: false)
    }
  }

  func endSteps() {
    phase = .dependencies
  }

  // MARK: Told by the disks

  /// A disk observes bytes of a file, which are settled.
  func observeBytes(_ file: Int32, _ range: Range<Int>) {
    if range.isEmpty { return }
    let length = base.sectorLength
    for sector in range.lowerBound / length...(range.upperBound - 1) / length {
      let cell = base.index.cell(file: file, sector: Int32(sector))
      if cell < 0 { continue }
      if phase == .dependencies {
        depend(on: cell)
        continue
      }
      let start = sector * length
      observe(cell, file, start, max(0, range.lowerBound - start)..<min(length, range.upperBound - start))
    }
  }

  /// A disk was answered a question about bytes of a file that lie in one sector: those that it had not observed or written
  /// decide, and stay unknown.
  func observeAnswer<Answer: Hashable>(_ file: Int32, _ range: Range<Int>, _ answer: Answer) {
    let length = base.sectorLength
    let sector = range.lowerBound / length
    let cell = base.index.cell(file: file, sector: Int32(sector))
    if cell < 0 { return }
    if phase == .dependencies { return depend(on: cell) }
    let start = sector * length
    let mask = news(knownPlace(cell), range.lowerBound - start..<range.upperBound - start)
    if mask < 0 { return }
    let isFull = masks.isFull(mask)
    if base.walk.isOpen(cell) {
      base.resolution.forEachChoiceLeft(of: cell, in: window) { choice in
        contents.append(hasher.hash(choice, of: cell, isFull ? -1 : mask, of: masks, in: window))
      }
    } else {
      contents.append(hasher.hashOfFloor(cell, isFull ? -1 : mask, of: masks, in: window))
    }
    contentEnds.append(Int32(contents.count))
    if isFull { masks.removeLast() }
    steps.append(
      CourseStep(
        cell: cell, mask: isFull ? -1 : mask,
        content: UInt64(truncatingIfNeeded: answer.hashValue), isQuestion: true))
  }

  /// A new set of those bytes of a known cell's sector that the course does not know; -1 where it knows all.
  private func news(_ place: Int, _ bytes: Range<Int>) -> Int32 {
    let mask = masks.add()
    masks.insert(mask, bytes)
    masks.subtract(mask, covered, Int32(place))
    if !masks.isEmpty(mask) { return mask }
    masks.removeLast()
    return -1
  }

  private func observe(_ cell: Int32, _ file: Int32, _ start: Int, _ bytes: Range<Int>) {
    let place = Int32(knownPlace(cell))
    let mask = news(Int(place), bytes)
    if mask < 0 { return }
    covered.formUnion(place, masks, mask)
    let length = base.sectorLength
    let isFull = masks.isFull(mask)
    guard let sector = unsafe base.images.bytes(file, at: start, count: length).baseAddress else {
      fatalError("sector \(start / length) of file \(file) has no memory")
    }
    let content = unsafe hasher.hash(sector, isFull ? -1 : mask, of: masks)
    if isFull { masks.removeLast() }
    steps.append(CourseStep(cell: cell, mask: isFull ? -1 : mask, content: content))
  }

  /// A disk observes a file's size as far as it lies between `lower` and `upper`.
  func observeSize(_ disk: DiskCore, _ file: Int32, _ lower: Int, _ upper: Int) {
    let cell = base.index.sizeCell(file: file)
    if cell < 0 { return }
    if phase == .dependencies { return depend(on: cell) }
    if disk.index.sizeCell(file: file) < 0 { observe(cell, disk.images.size(file), lower, upper) }
  }

  /// A disk observes which file a name stands for, as far as that lies between -1 (none) and `upper`.
  func observeEntry(_ disk: DiskCore, _ name: Int32, upTo upper: Int) {
    let cell = base.index.entryCell(name: name)
    if cell < 0 { return }
    if phase == .dependencies { return depend(on: cell) }
    if disk.index.entryCell(name: name) < 0 { observe(cell, Int(disk.images.entry(name)), -1, upper) }
  }

  /// A disk observes whether a name stands for a file.
  func observeEntry(_ disk: DiskCore, _ name: Int32, whether file: Int32) {
    let cell = base.index.entryCell(name: name)
    if cell < 0 { return }
    if phase == .dependencies { return depend(on: cell) }
    if disk.index.entryCell(name: name) < 0 {
      observe(cell, Int(disk.images.entry(name)), Int(file), Int(file) - 1)
    }
  }

  /// A disk observes the attributes of a file.
  func observeAttributes(_ disk: DiskCore, _ file: Int32) {
    let cell = base.index.attributesCell(file: file)
    if cell < 0 { return }
    if phase == .dependencies { return depend(on: cell) }
    if disk.index.attributesCell(file: file) < 0 {
      observe(cell, disk.images.attributes.number(of: file), Int.min, Int.max)
    }
  }

  private func observe(_ cell: Int32, _ value: Int, _ lower: Int, _ upper: Int) {
    let place = knownPlace(cell)
    var now = known[place]
    if now.tells(lower, upper) { return }
    if lower > upper {
      // That it is another value is not kept: a course may ask that again.
      if value == lower { (now.lowest, now.highest) = (value, value) }
    } else if value <= lower {
      now.highest = min(now.highest, lower)
    } else if value >= upper {
      now.lowest = max(now.lowest, upper)
    } else {
      (now.lowest, now.highest) = (value, value)
    }
    known[place] = now
    steps.append(
      CourseStep(
        cell: cell, lower: lower, upper: upper,
        content: UInt64(bitPattern: Int64(DiskCore.part(of: value, between: lower, and: upper)))))
  }

  /// A disk observes which of the names that `isIncluded` accepts exist, each in the order of the names.
  func observeNames(_ disk: DiskCore, where isIncluded: (String) -> Bool) {
    let names = disk.images.names.names
    for name in names.indices.sorted(by: { names[$0] < names[$1] }) where isIncluded(names[name]) {
      observeEntry(disk, Int32(name), upTo: 0)
    }
  }

  /// A disk looks for any one of the names that `isIncluded` accepts. Which of them it looked at is not told.
  func searchNames(_ disk: DiskCore, where isIncluded: (String) -> Bool) {
    for (name, text) in disk.images.names.names.enumerated()
    where base.index.entryCell(name: Int32(name)) >= 0 && isIncluded(text) {
      if phase == .dependencies {
        depend(on: base.index.entryCell(name: Int32(name)))
      } else {
        isSpoiled = true
      }
    }
  }

  /// A disk writes bytes of a sector, which hides the recorded ones.
  func write(_ record: CellRecord, _ range: Range<Int>) {
    let cell = base.index.cell(file: record.subject, sector: record.sector)
    if phase == .dependencies || cell < 0 || record.kind != .sector { return }
    covered.insert(Int32(knownPlace(cell)), range)
  }

  /// A disk is about to change a cell for the first time, and keeps what it held.
  func touch(_ record: CellRecord) {
    let cell =
      switch record.kind {
      case .sector: base.index.cell(file: record.subject, sector: record.sector)
      case .size: base.index.sizeCell(file: record.subject)
      case .entry: base.index.entryCell(name: record.subject)
      case .attributes: base.index.attributesCell(file: record.subject)
      }
    if cell >= 0 { depend(on: cell) }
    // What may be exposed of a sector depends on how long its file was.
    if record.kind == .sector {
      let size = base.index.sizeCell(file: record.subject)
      if size >= 0 { depend(on: size) }
    }
  }

  private func depend(on cell: Int32) {
    if isDependency[Int(cell)] { return }
    isDependency[Int(cell)] = true
    dependencies.append(cell)
  }

  private func knownPlace(_ cell: Int32) -> Int {
    let place = knownOfCell[Int(cell)]
    if place >= 0 { return Int(place) }
    knownOfCell[Int(cell)] = Int32(known.count)
    known.append(Known(cell: cell))
    _ = covered.add()
    return known.count - 1
  }
}

/// Hashes part of a sector: the other bytes count as zeros.
@safe
final class MaskedHasher {
  private let part: UnsafeMutableRawPointer
  private let sectorLength: Int

  init(sectorLength: Int) {
    self.sectorLength = sectorLength
    unsafe part = UnsafeMutableRawPointer.allocate(byteCount: sectorLength, alignment: 16)
  }

  deinit {
    unsafe part.deallocate()
  }

  /// The hash of a choice of a sector of `window`, which no other lies around.
  func hash(
    _ choice: ChoiceCatalog.Choice, of cell: Int32, _ mask: Int32, of masks: borrowing SectorMasks,
    in window: CrashWindow
  ) -> UInt64 {
    if mask < 0 && choice.tear < 0 { return window.hash(cell, choice.version) }
    return unsafe hash(window.core.resolution.catalog.bytes(choice, window.core), mask, of: masks)
  }

  /// The hash of what a sector of `window`, which no other lies around, surely holds.
  func hashOfFloor(
    _ cell: Int32, _ mask: Int32, of masks: borrowing SectorMasks, in window: CrashWindow
  ) -> UInt64 {
    let floor = window.core.walk.floor(cell)
    if mask < 0 { return window.hash(cell, floor) }
    return unsafe hash(window.sectorBytes(cell, floor), mask, of: masks)
  }

  /// - Parameter mask: the bytes, as a number of `masks`; -1: all of them.
  @unsafe
  func hash(_ sector: UnsafeRawPointer, _ mask: Int32, of masks: borrowing SectorMasks) -> UInt64 {
    if mask < 0 { return unsafe cxxhash_xxh3_64(sector, sectorLength, 0) }
    unsafe part.initializeMemory(as: UInt8.self, repeating: 0, count: sectorLength)
    unsafe masks.copyBytes(mask, from: sector, to: part)
    return unsafe cxxhash_xxh3_64(part, sectorLength, 0)
  }
}
