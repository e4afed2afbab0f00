internal import CXXHash

/// Remembers the courses that bodies took at the crash points of one window, so that a body that would observe the same
/// again need not run.
///
/// A course is all that a body observes of the recorded disk, in order, with its contents. A deterministic body is a
/// function of it: it asks for the first thing without having seen anything, for the second in the light of the first, and
/// so on. So the courses of one body form a tree. `recall` walks it without the body: at each step it settles
/// what the body would observe, by the same resolver, in the same order and with the same alternatives, and follows the
/// content that comes out. Where it arrives at an end, the body would have come to the same; where a content is
/// new, the body must run, and finds settled what the walk has settled.
///
/// Where a body asked a question about bytes (`StorageFile.examine`), the memory has no function to ask again. It keeps which
/// contents had which answer. The contents that are left are sorted by that, as the question would sort them;
/// where the answer of one of them is not known, the body must run.
///
/// What comes after the course inside the body, crashes of what it wrote above all, may depend on more than it observed:
/// on bytes of a sector that it changed in part, or on a sector that only a later body reads. Those cells are the
/// course's dependencies, and what they can still show at a crash point has a fingerprint: for each, whether it is
/// open, and the contents that are left of it. Equal fingerprints mean equal explorations.
///
/// Contents are compared by their hashes (XXH3, 64 bits).
///
/// Use, inside the body of `withDisk(resolvingBy:)` of the window: `recall`; where that gives nothing, `begin`, the course,
/// `end`, what depends on more, `keepDependencies`.
public final class CourseMemory {
  private let window: CrashWindow
  private let core: DiskCore
  private let tree: CourseTree
  private let trace: CourseTrace
  private let hasher: MaskedHasher
  private let bytesMax: Int
  private var root = 0

  /// - Parameters:
  ///   - window: one that no other window lies around; traps where one does, or where a disk of it cannot read
  ///     sectors: what could not be read is no content.
  ///   - bytesMax: how much memory is used before `isFull`.
  public init(_ window: CrashWindow, bytesMax: Int = 128 << 20) {
    if window.core.depth > 0 { fatalError("a memory of courses in a window at depth \(window.core.depth)") }
    self.window = window
    self.bytesMax = bytesMax
    core = window.core
    hasher = MaskedHasher(sectorLength: core.sectorLength)
    tree = CourseTree(sectorLength: core.sectorLength)
    trace = CourseTrace(window, hasher)
  }

  public var isFull: Bool { tree.byteCount >= bytesMax }

  /// Forgets everything; courses are numbered from 0 again.
  public func removeAll() {
    tree.removeAll()
  }

  // MARK: Recalling

  /// The number of the course that the body would take now; nil where a body has to run to know it.
  ///
  /// - Parameter root: tells bodies apart that are not the same function.
  public func recall(root: Int) -> Int? {
    checkReadable()
    var number = tree.root(root)
    while number >= 0 {
      let step = tree.node(number)
      if step.cell < 0 { return step.lower }
      number = step.isQuestion ? settledTarget(number, step) : tree.next(number, settledContent(step))
    }
    return nil
  }

  /// Settles what a question asks, and returns where its answer leads; -1 where that is not known of one of the contents
  /// that are left, since the question is not there to be asked.
  private func settledTarget(_ number: Int32, _ step: CourseStep) -> Int32 {
    if !core.walk.isOpen(step.cell) {
      return tree.target(number, hasher.hashOfFloor(step.cell, step.mask, of: tree.masks, in: window))
    }
    return core.resolution.settleTarget(step.cell, in: core) { choice in
      tree.target(number, hasher.hash(choice, of: step.cell, step.mask, of: tree.masks, in: window))
    }
  }

  /// Settles what a step observes, and returns its content.
  private func settledContent(_ step: CourseStep) -> UInt64 {
    let walk = core.walk
    let isOpen = walk.isOpen(step.cell)
    if core.cells[Int(step.cell)].kind != .sector {
      if isOpen { core.resolution.settleValue(step.cell, in: core, step.lower, step.upper) }
      let value =
        isOpen
        ? core.resolution.shownChoice(step.cell).value
        : walk.value(core, step.cell, walk.floor(step.cell))
      return UInt64(bitPattern: Int64(DiskCore.part(of: value, between: step.lower, and: step.upper)))
    }
    if !isOpen { return hasher.hashOfFloor(step.cell, step.mask, of: tree.masks, in: window) }
    let scratch = DiskCore.Scratch.wanted
    let disk = core.innerCore
    if step.mask < 0 {
      disk.scratch.insert(scratch, 0..<core.sectorLength)
    } else {
      disk.scratch.copy(scratch, from: tree.masks, step.mask)
    }
    core.resolution.settleSector(step.cell, in: core, for: disk)
    return hasher.hash(
      core.resolution.shownChoice(step.cell), of: step.cell, step.mask, of: tree.masks, in: window)
  }

  /// Whether all that bodies nested in a course depend on can show the same as when `keepDependencies` was called.
  public func dependenciesHold(for course: Int) -> Bool {
    guard let known = tree.fingerprint(of: course) else { return false }
    return known
      == fingerprint(count: tree.dependencyCount(of: course)) { tree.dependency($0, of: course) }
  }

  // MARK: Keeping

  /// How a body observed something else than one that had observed the same until then: it depends on something besides
  /// what it observes, so nothing that is remembered counts. Nil where none did.
  public private(set) var divergence: String?

  /// Begins to write down the course that the body takes.
  public func begin(root: Int) {
    checkReadable()
    self.root = root
    trace.begin()
    core.images.courseTrace = trace
  }

  /// The course has come to its end; bodies nested in it may follow.
  ///
  /// - Returns: the course's number; nil where it cannot be kept, and where it tells of a `divergence`.
  public func end() -> Int? {
    trace.endSteps()
    if trace.isSpoiled { return nil }
    do {
      return try tree.add(trace, root: root)
    } catch {
      divergence = error.description
      return nil
    }
  }

  /// The course ended in something that is not to be kept.
  public func abandon() {
    core.images.courseTrace = nil
  }

  /// Keeps what the bodies nested in the course depend on; to be called when they have ended.
  ///
  /// - Returns: false where it cannot be kept, since order rules tie together what is left of it.
  public func keepDependencies(of course: Int) -> Bool {
    core.images.courseTrace = nil
    let print = fingerprint(count: trace.dependencies.count) { trace.dependencies[$0] }
    guard let print else { return false }
    tree.setDependencies(of: course, trace, fingerprint: print)
    return true
  }

  /// A hash of what cells can still show; nil where order rules tie together what is left of one.
  private func fingerprint(count: Int, _ cell: (Int) -> Int32) -> UInt64? {
    let walk = core.walk
    let table = core.resolution
    // Whoever explores the bodies nested in a course may leave tears out where one was met.
    var print: UInt64 = table.isTorn ? 1 : 0
    for place in 0..<count {
      let cell = cell(place)
      print = Self.mix(print, UInt64(UInt32(bitPattern: cell)) << 1 | (walk.isOpen(cell) ? 1 : 0))
      if !walk.isOpen(cell) {
        print = Self.mix(print, window.hash(cell, walk.floor(cell)))
        continue
      }
      contents.removeAll()
      table.forEachChoiceLeft(of: cell, in: window) { choice in
        let hash =
          if choice.tear < 0 {
            window.hash(cell, choice.version)
          } else {
            // At most one sector is torn: a tear is not the same as a version that holds the same.
            unsafe ~hasher.hash(table.catalog.bytes(choice, core), -1, of: tree.masks)
          }
        for place in 0..<contents.count where contents[place] == hash { return }
        contents.append(hash)
        print = Self.mix(print, hash)
      }
      if contents.count > 1 && table.rules.component(of: cell) != nil { return nil }
    }
    return print
  }

  /// The contents of one cell, while they are collected.
  private let contents = Column<UInt64>()

  private static func mix(_ print: UInt64, _ word: UInt64) -> UInt64 {
    var mixed = (print ^ word) &* 0x9e37_79b9_7f4a_7c15
    mixed = (mixed ^ (mixed >> 32)) &* 0xd6e8_feb8_6659_fd93
    return mixed ^ (mixed >> 29)
  }

  private func checkReadable() {
    if core.innerCore.faults != nil {
      fatalError("courses on a disk that faults can strike, at crash point \(core.walk.point)")
    }
  }
}
