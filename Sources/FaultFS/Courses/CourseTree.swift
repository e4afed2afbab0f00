/// Courses that were taken, as a tree: what was observed leads to what is observed next.
///
/// A course is a row of nodes side by side. Where a later course finds another content at a node, an edge leads from
/// there to the row of its further steps. The end of a course is a node with the course's number.
final class CourseTree {
  /// Of a course: the cells that the bodies nested in it depend on, and what these could show.
  private struct Dependencies: BitwiseCopyable {
    var first: Int32 = 0
    var count: Int32 = -1
    var fingerprint: UInt64 = 0
  }

  /// From a question one leaves for its answer, and one for each content that is known to have that answer.
  private struct Edge: BitwiseCopyable {
    /// The node that it leaves, -1 for an empty place of the table.
    var node: Int32
    var target: Int32
    var content: UInt64
  }

  private let nodes = Column<CourseStep>()
  let masks: SectorMasks
  /// The first node for each kind of beginning, or -1.
  private let roots = Column<Int32>()
  /// A hash table with open addressing.
  private let edges = Column<Edge>()
  private var edgeCount = 0
  private let ends = Column<Dependencies>()
  private let dependencyCells = Column<Int32>()
  private let sectorLength: Int

  init(sectorLength: Int) {
    self.sectorLength = sectorLength
    masks = SectorMasks(sectorLength: sectorLength)
  }

  func removeAll() {
    nodes.removeAll()
    masks.removeAll()
    roots.removeAll()
    edges.removeAll()
    edgeCount = 0
    ends.removeAll()
    dependencyCells.removeAll()
  }

  /// The memory in use. A table that grows needs up to three times as much for a moment.
  var byteCount: Int {
    nodes.count * MemoryLayout<CourseStep>.stride + masks.count * sectorLength / 8
      + edges.count * MemoryLayout<Edge>.stride + ends.count * MemoryLayout<Dependencies>.stride
      + dependencyCells.count * MemoryLayout<Int32>.stride
  }

  // MARK: Following

  func root(_ kind: Int) -> Int32 { kind < roots.count ? roots[kind] : -1 }

  @inline(__always)
  func node(_ number: Int32) -> CourseStep { nodes[Int(number)] }

  /// The node after `number`, where that one showed `content`; -1 where this was not met yet.
  @inline(__always)
  func next(_ number: Int32, _ content: UInt64) -> Int32 {
    if nodes[Int(number)].content == content { return number + 1 }
    return target(number, content)
  }

  /// Where an edge from a node leads: for a question, where the answer leads that a content has. -1 where that is not known.
  @inline(__always)
  func target(_ number: Int32, _ content: UInt64) -> Int32 {
    if edges.count == 0 { return -1 }
    let edge = edges[edgePlace(number, content)]
    return edge.node < 0 ? -1 : edge.target
  }

  /// Where the edge is in the table, or the empty place where it belongs.
  private func edgePlace(_ node: Int32, _ content: UInt64) -> Int {
    let mask = edges.count - 1
    let mixed = (content ^ UInt64(UInt32(bitPattern: node)) &* 0x9e37_79b9_7f4a_7c15) &* 0xbf58_476d_1ce4_e5b9
    var place = Int(truncatingIfNeeded: mixed >> 20) & mask
    while true {
      let edge = edges[place]
      if edge.node < 0 || (edge.node == node && edge.content == content) { return place }
      place = (place + 1) & mask
    }
  }

  // MARK: Adding

  /// Why a trace is no course: it left a known one other than at a content, so the body that was traced depends on
  /// something besides what it observed.
  struct Divergence: Error {
    var description: String
  }

  /// Adds the course that `trace` holds; its number, an old one where the course is known.
  func add(_ trace: CourseTrace, root kind: Int) throws(Divergence) -> Int {
    while roots.count <= kind { roots.append(-1) }
    var number = roots[kind]
    if number < 0 {
      roots[kind] = Int32(nodes.count)
      return appendRow(trace, from: 0, question: 0)
    }
    var question = 0
    for place in 0..<trace.steps.count {
      let step = trace.steps[place]
      let node = nodes[Int(number)]
      guard node.cell == step.cell, node.isQuestion == step.isQuestion, node.lower == step.lower,
        node.upper == step.upper,
        (node.mask < 0) == (step.mask < 0), node.mask < 0 || masks.equals(node.mask, trace.masks, step.mask)
      else {
        throw Divergence(
          description:
            "step \(place) of a course observed cell \(step.cell) (\(step.lower)...\(step.upper)) where it had observed "
            + "cell \(node.cell) (\(node.lower)...\(node.upper))")
      }
      let known = next(number, step.content)
      let next = known < 0 ? Int32(nodes.count) : known
      if known < 0 { addEdge(Edge(node: number, target: next, content: step.content)) }
      if step.isQuestion {
        addContents(of: question, trace, from: number, to: next)
        question += 1
      }
      if known < 0 { return appendRow(trace, from: place + 1, question: question) }
      number = next
    }
    let end = nodes[Int(number)]
    if end.cell >= 0 {
      throw Divergence(description: "a course ended where it had observed cell \(end.cell)")
    }
    return end.lower
  }

  /// Adds edges for the contents that are known to have the answer of a question.
  private func addContents(of question: Int, _ trace: CourseTrace, from number: Int32, to target: Int32) {
    let first = question == 0 ? 0 : Int(trace.contentEnds[question - 1])
    for place in first..<Int(trace.contentEnds[question]) {
      let content = trace.contents[place]
      if self.target(number, content) < 0 {
        addEdge(Edge(node: number, target: target, content: content))
      }
    }
  }

  /// - Parameters:
  ///   - first: the first step of the row, as a place in the trace.
  ///   - question: how many of the steps before it are questions.
  private func appendRow(_ trace: CourseTrace, from first: Int, question: Int) -> Int {
    var question = question
    for place in first..<trace.steps.count {
      var step = trace.steps[place]
      if step.mask >= 0 {
        let mask = masks.add()
        masks.copy(mask, from: trace.masks, step.mask)
        step.mask = mask
      }
      nodes.append(step)
      if step.isQuestion {
        addContents(of: question, trace, from: Int32(nodes.count - 1), to: Int32(nodes.count))
        question += 1
      }
    }
    nodes.append(CourseStep(cell: -1, lower: ends.count))
    ends.append(Dependencies())
    return ends.count - 1
  }

  private func addEdge(_ edge: Edge) {
    if (edgeCount + 1) * 2 > edges.count {
      var old: [Edge] = []
      for place in 0..<edges.count where edges[place].node >= 0 { old.append(edges[place]) }
      let count = max(64, edges.count * 2)
      edges.removeAll()
      edges.resize(to: count, filler: Edge(node: -1, target: -1, content: 0))
      for edge in old { edges[edgePlace(edge.node, edge.content)] = edge }
    }
    edges[edgePlace(edge.node, edge.content)] = edge
    edgeCount += 1
  }

  // MARK: Dependencies

  func setDependencies(of course: Int, _ trace: CourseTrace, fingerprint: UInt64) {
    ends[course] = Dependencies(
      first: Int32(dependencyCells.count), count: Int32(trace.dependencies.count), fingerprint: fingerprint)
    for place in 0..<trace.dependencies.count { dependencyCells.append(trace.dependencies[place]) }
  }

  /// The fingerprint that the dependencies of a course had; nil where it is not known.
  func fingerprint(of course: Int) -> UInt64? {
    ends[course].count < 0 ? nil : ends[course].fingerprint
  }

  func dependencyCount(of course: Int) -> Int { Int(ends[course].count) }

  func dependency(_ place: Int, of course: Int) -> Int32 {
    dependencyCells[Int(ends[course].first) + place]
  }
}
