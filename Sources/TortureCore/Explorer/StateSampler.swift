package import FaultFS
package import SeededRandom

/// Draws crash states at one crash point, by the strategies of the scenario, each state once.
///
/// - all-kept, none-kept: everything that was not synced survives, or nothing does.
/// - one-lost: everything but one cell. one-kept: one cell alone.
/// - prefix: everything up to one operation, nothing after it: a disk that writes in order.
/// - run-lost: everything but sectors of one file that lie side by side, which show their floors: an erase block of a flash
///   disk that goes back to what it held (Zheng et al., FAST '13).
/// - suffix-kept: everything up to one write, and of that write the later sectors alone: torn, with its end on the disk.
/// - random: each cell by itself, among its versions and what it may hold as an exposed tail.
/// - torn: as random, and one sector is a mix of two versions.
///
/// The strategies take turns until the budget is spent or none has anything new.
package struct StateSampler {
  private let window: CrashWindow
  private let cells: [Cell.ID]
  /// Open sectors of one file that lie side by side, at least two.
  private lazy var runs = Self.runs(window)
  /// The writes of several open sectors, each with these in ascending order.
  private lazy var writes = Self.writes(window)
  private var random: SplitMix64
  private var seen: Set<CrashState> = []
  package private(set) var states: [(state: CrashState, strategy: CrashOptions.Strategy)] = []

  /// How many draws in a row may yield nothing new before the random strategies give up.
  private static let fruitlessDrawsMax = 8

  package init(_ window: CrashWindow, random: SplitMix64) {
    self.window = window
    self.random = random
    cells = window.openCells
  }

  private static func runs(_ window: CrashWindow) -> [[Cell.ID]] {
    var runs: [[Cell.ID]] = []
    var last: (file: Int?, sector: Int)?
    let sectors = window.openCells.compactMap { id in
      let cell = window.timeline.cell(id)
      return cell.sector.map { (id: id, file: cell.file, sector: $0) }
    }
    for cell in sectors.sorted(by: { ($0.file ?? -1, $0.sector) < ($1.file ?? -1, $1.sector) }) {
      if let last, last == (cell.file, cell.sector - 1) {
        runs[runs.count - 1].append(cell.id)
      } else {
        runs.append([cell.id])
      }
      last = (cell.file, cell.sector)
    }
    return runs.filter { $0.count > 1 }
  }

  private static func writes(_ window: CrashWindow) -> [(number: Int, cells: [Cell.ID])] {
    var cells: [Int: [(sector: Int, id: Cell.ID)]] = [:]
    for (version, number) in window.losableVersions {
      guard let sector = window.timeline.cell(version.cell).sector else { continue }
      cells[number, default: []].append((sector, version.cell))
    }
    return cells.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.map { number, cells in
      (number, cells.sorted { $0.sector < $1.sector }.map(\.id))
    }
  }

  /// At most `budget` states of the present crash point.
  package mutating func draw(_ strategies: [CrashOptions.Strategy], budget: Int) {
    var turns = strategies.map { (strategy: $0, plans: plans(of: $0), next: 0, fruitless: 0) }
    while states.count < budget {
      var hasMore = false
      for index in turns.indices where states.count < budget {
        let strategy = turns[index].strategy
        if let plans = turns[index].plans {
          guard turns[index].next < plans.count else { continue }
          add(state(strategy, plans[turns[index].next]), strategy)
          turns[index].next += 1
          hasMore = true
        } else if turns[index].fruitless < Self.fruitlessDrawsMax {
          let isNew = add(state(strategy, 0), strategy)
          turns[index].fruitless = isNew ? 0 : turns[index].fruitless + 1
          hasMore = true
        }
      }
      if !hasMore { return }
    }
  }

  @discardableResult
  private mutating func add(_ state: CrashState?, _ strategy: CrashOptions.Strategy) -> Bool {
    guard let state, seen.insert(state).inserted else { return false }
    states.append((state, strategy))
    return true
  }

  /// What a strategy has to choose from, in random order; nil where it draws afresh each time.
  private mutating func plans(of strategy: CrashOptions.Strategy) -> [Int]? {
    switch strategy {
    case .allKept, .noneKept: return [0]
    case .oneLost, .oneKept:
      var plans = Array(cells.indices)
      random.shuffle(&plans)
      return plans
    case .prefix:
      var plans = Set(window.losableVersions.map(\.operation)).sorted()
      random.shuffle(&plans)
      return plans
    case .runLost: return runs.isEmpty ? [] : nil
    case .suffixKept: return writes.isEmpty ? [] : nil
    case .random, .torn: return cells.isEmpty ? [] : nil
    }
  }

  private mutating func state(_ strategy: CrashOptions.Strategy, _ plan: Int) -> CrashState? {
    switch strategy {
    case .allKept: return window.everythingKept
    case .noneKept: return window.nothingKept
    case .oneLost:
      let lost = cells[plan]
      return window.state { cell, candidates in
        CrashState.Choice(cell == lost ? candidates.lowerBound : candidates.upperBound)
      }
    case .oneKept:
      let kept = cells[plan]
      return window.state { cell, candidates in
        CrashState.Choice(cell == kept ? candidates.upperBound : candidates.lowerBound)
      }
    case .prefix:
      return window.state { cell, _ in CrashState.Choice(window.newest(cell, upTo: plan)) }
    case .runLost:
      let run = runs[random.below(runs.count)]
      let start = random.below(run.count - 1)
      let lost = Set(run[start...start + 1 + random.below(run.count - start - 1)])
      return window.state { cell, candidates in
        CrashState.Choice(lost.contains(cell) ? candidates.lowerBound : candidates.upperBound)
      }
    case .suffixKept:
      let write = writes[random.below(writes.count)]
      let lost = Set(write.cells.prefix(1 + random.below(write.cells.count - 1)))
      return window.state { cell, _ in
        let end = lost.contains(cell) ? write.number - 1 : write.number
        return CrashState.Choice(window.newest(cell, upTo: end))
      }
    case .random:
      return window.state { cell, _ in draw(cell) }
    case .torn: return tornState()
    }
  }

  /// Tears one sector; where the profile allows no tear of it, nil.
  private mutating func tornState() -> CrashState? {
    let torn = cells[random.below(cells.count)]
    let candidates = window.candidates(of: torn)
    let version = random.draw(candidates.lowerBound...candidates.upperBound - 1)
    guard let tear = tear(torn, after: version) else { return nil }
    return window.state { cell, candidates in
      cell == torn ? CrashState.Choice(version, tear: tear) : draw(cell)
    }
  }

  private mutating func draw(_ cell: Cell.ID) -> CrashState.Choice {
    let candidates = window.candidates(of: cell)
    let exposures = window.exposures(of: cell)
    let place = random.below(candidates.count + exposures.count)
    return place < candidates.count
      ? CrashState.Choice(candidates.lowerBound + place)
      : CrashState.Choice(candidates.lowerBound, tear: exposures[place - candidates.count])
  }

  private mutating func tear(_ cell: Cell.ID, after version: Int) -> Tear? {
    let written = window.writtenBytes(of: VersionID(cell: cell, version: version + 1))
    let grain = window.profile.tearing?.grainBytes ?? 1
    let rests: [Tear.Rest] = [.old, .zeros, .garbage(seed: random.next())]
    let rest = rests[random.below(rests.count)]
    var tears = [Tear(newBytes: 0..<0, rest: rest)]
    if window.profile.tearing != nil, !written.isEmpty {
      // A cut inside what was written: its beginning is new, or its end.
      let cut = (written.lowerBound + random.below(written.count)) / grain * grain
      let end = (written.upperBound + grain - 1) / grain * grain
      tears.insert(
        random.below(2) == 0
          ? Tear(newBytes: written.lowerBound / grain * grain..<cut, rest: rest)
          : Tear(newBytes: cut..<end, rest: rest), at: 0)
    }
    return tears.first { $0.newBytesStart <= $0.newBytesEnd && window.allows($0, of: cell, after: version) }
  }
}
