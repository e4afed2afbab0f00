/// The versions of sectors whose bytes are not all known, because a window around has not settled the sector.
///
/// A body may overwrite part of an unsettled sector. The version that this makes holds the bytes that were
/// written, and elsewhere whatever the sector shows once it is settled. So each such version, and the cell's
/// version 0, has a set of the bytes that calls of this timeline wrote up to it (*written bytes*); the others
/// are put in when they are settled.
final class UnsettledVersions {
  /// A version of a cell; those of one cell are chained from the newest down to version 0.
  struct Node: BitwiseCopyable {
    /// The version's row in the table of versions; -1 for version 0.
    var row: Int32
    /// The node of the version before; -1 for version 0.
    var previous: Int32
  }

  /// The newest node of each cell, or -1.
  private let newestNodes = Column<Int32>()
  private let nodes = Column<Node>()
  /// The written bytes of each node, by its number.
  let written: SectorMasks

  init(sectorLength: Int) {
    written = SectorMasks(sectorLength: sectorLength)
  }

  /// Whether version 0 of the cell was not settled when this timeline first touched it.
  @inline(__always)
  func holds(_ cell: Int32) -> Bool {
    Int(cell) < newestNodes.count && newestNodes[Int(cell)] >= 0
  }

  func newestNode(_ cell: Int32) -> Int32 { newestNodes[Int(cell)] }

  func node(_ number: Int32) -> Node { nodes[Int(number)] }

  /// The node of a version, found from the newest one, number `newest`, downward.
  func node(_ cell: Int32, version: Int32, newest: Int32) -> Int32 {
    var number = newestNodes[Int(cell)]
    for _ in version..<newest { number = nodes[Int(number)].previous }
    return number
  }

  func addBase(_ cell: Int32) {
    while newestNodes.count <= Int(cell) { newestNodes.append(-1) }
    add(cell, row: -1)
  }

  func addVersion(_ cell: Int32, row: Int32, written range: Range<Int>) {
    let previous = newestNodes[Int(cell)]
    let number = add(cell, row: row)
    written.copy(number, from: written, previous)
    written.insert(number, range)
  }

  @discardableResult
  private func add(_ cell: Int32, row: Int32) -> Int32 {
    let number = written.add()
    nodes.append(Node(row: row, previous: newestNodes[Int(cell)]))
    newestNodes[Int(cell)] = number
    return number
  }

  func removeAll() {
    newestNodes.removeAll()
    nodes.removeAll()
    written.removeAll()
  }
}
