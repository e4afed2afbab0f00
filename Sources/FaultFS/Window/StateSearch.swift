/// A search through all versions of some open cells that keep every indivisible operation whole.
///
/// Cells are assigned in ascending order, and each choice is checked at once against the first cell of every
/// indivisible operation that it belongs to: so a call in flight with a thousand sectors takes two branches and
/// not two to the thousand.
struct StateSearch {
  let cells: [Int32]
  private let candidates: [ClosedRange<Int32>]
  /// For each cell, what its choice must agree with.
  private let checks: [[Check]]

  /// A choice at or above `version` goes with a choice at or above `earlierVersion` of the cell at `earlier`.
  private struct Check {
    var version: Int32
    var earlier: Int
    var earlierVersion: Int32
  }

  /// - Parameter cells: open cells in ascending order; with one cell of an open indivisible operation, all of them.
  init(_ core: DiskCore, cells: [Int32]) {
    let walk = core.walk
    self.cells = cells
    candidates = cells.map { walk.floor($0)...walk.newest($0) }
    var places: [Int32: Int] = [:]
    for (place, cell) in cells.enumerated() { places[cell] = place }
    var checks = [[Check]](repeating: [], count: cells.count)
    for link in 0..<walk.linkCount {
      let members = core.operations[Int(walk.link(link))].versions.map { core.versions[$0] }
        .sorted { $0.cell < $1.cell }
      guard let first = members.first, let earlier = places[first.cell] else { continue }
      for member in members.dropFirst() {
        guard let place = places[member.cell] else {
          fatalError("cell \(member.cell) is linked to cell \(first.cell) and not searched with it")
        }
        checks[place].append(
          Check(version: member.version, earlier: earlier, earlierVersion: first.version))
      }
    }
    self.checks = checks
  }

  /// The open cells that indivisible operations tie together, as sets of which each is independent of the others.
  static func linkedComponents(_ core: DiskCore) -> [[Int32]] {
    let walk = core.walk
    var parents: [Int32: Int32] = [:]
    func root(_ cell: Int32) -> Int32 {
      var cell = cell
      while let parent = parents[cell], parent != cell { cell = parent }
      return cell
    }
    for link in 0..<walk.linkCount {
      let members = core.operations[Int(walk.link(link))].versions.map { core.versions[$0].cell }
      for member in members {
        if parents[member] == nil { parents[member] = member }
        let (one, other) = (root(members[0]), root(member))
        // The smallest cell is the root, so that the result does not depend on the order of the links.
        parents[max(one, other)] = min(one, other)
      }
    }
    var components: [Int32: [Int32]] = [:]
    for cell in parents.keys.sorted() { components[root(cell), default: []].append(cell) }
    return components.keys.sorted().map { components[$0] ?? [] }
  }

  /// Calls `body` with every assignment, newest versions first.
  func forEachAssignment<Failure: Error>(_ body: ([Int32]) throws(Failure) -> Void) throws(Failure) {
    var versions = candidates.map(\.upperBound)
    var place = 0
    // Depth first without recursion: `versions[place]` is the next choice to try there.
    while place >= 0 {
      if place == cells.count {
        try body(versions)
        place -= 1
        if place >= 0 { versions[place] -= 1 }
      } else if versions[place] < candidates[place].lowerBound {
        versions[place] = candidates[place].upperBound
        place -= 1
        if place >= 0 { versions[place] -= 1 }
      } else if isConsistent(place, versions) {
        place += 1
      } else {
        versions[place] -= 1
      }
    }
  }

  /// The number of assignments; nil where it is more than `searchMax`.
  func count(searchMax: Int) -> UInt64? {
    struct TooMany: Error {}
    var count: UInt64 = 0
    do {
      try forEachAssignment { (_) throws(TooMany) in
        count += 1
        if count > searchMax { throw TooMany() }
      }
    } catch {
      return nil
    }
    return count
  }

  private func isConsistent(_ place: Int, _ versions: [Int32]) -> Bool {
    checks[place].allSatisfy { check in
      (versions[place] >= check.version) == (versions[check.earlier] >= check.earlierVersion)
    }
  }
}
