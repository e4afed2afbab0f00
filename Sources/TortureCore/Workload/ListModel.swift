import SeededRandom

/// The `list` workload: a linked list with offsets for pointers. What can be reached is what is allocated, and no
/// node is reached twice.
///
/// The segment starts with the offset of the first node (0 for none) and its checksum (0 for offset 0). A node is 40
/// bytes: its serial number from 1, the offset of the next node, two words of value, a checksum of these; a free
/// one is all zeros.
struct ListModel: WorkloadModel {
  static let headLength = 16
  static let nodeLength = 40

  private let nodes: Int

  init(_ scenario: Scenario) {
    let length = scenario.segments.first?.length ?? 0
    nodes = min(scenario.workload.objects, (length - Self.headLength) / Self.nodeLength)
  }

  static func problems(of scenario: Scenario) -> [ScenarioConsistency.Problem] {
    WorkloadDemands.segments(1, of: scenario)
  }

  private func offset(_ node: Int) -> Int { Self.headLength + node * Self.nodeLength }

  /// The offsets of all nodes.
  private var places: [Int] { (0..<nodes).map(offset) }

  private func range(_ place: Int) -> Range<Int> {
    place..<(place + (place == 0 ? Self.headLength : Self.nodeLength))
  }

  private func words(_ image: [UInt8], _ place: Int) -> [UInt64] {
    (0..<4).map { LittleEndian.integer64(image, at: place + 8 * $0) }
  }

  /// The offset that the node at `place` leads to, or the head where `place` is 0.
  private func next(_ image: [UInt8], _ place: Int) -> Int {
    Int(truncatingIfNeeded: LittleEndian.integer64(image, at: place == 0 ? 0 : place + 8))
  }

  /// The places in the order of the list, the head's 0 first. Only for images that are legal.
  private func reachable(_ image: [UInt8]) -> [Int] {
    var chain = [0]
    var place = next(image, 0)
    while place != 0 {
      chain.append(place)
      place = next(image, place)
    }
    return chain
  }

  // MARK: - Transactions

  func plan(_ draft: inout TransactionDraft, client _: Int, _ random: inout SplitMix64) {
    for _ in 0..<random.draw(1...3) {
      let chain = reachable(draft.images[0])
      // About half full in the long run.
      let fill = Double(chain.count - 1) / Double(nodes)
      let values = [random.next(), random.next()]
      let position = random.below(chain.count)
      switch random.weighted([
        Int(100 * (1 - fill)) + 1, chain.count > 1 ? Int(100 * fill) + 1 : 0, chain.count > 2 ? 30 : 0,
      ]) {
      case 0:
        let free = places.filter { LittleEndian.isZero(draft.images[0], range($0)) }
        guard let place = random.pick(free) else { continue }
        _ = draft.attempt { insert(&$0, place, after: chain[position], serial: random.next() | 1, values) }
      case 1:
        guard position > 0 else { continue }
        _ = draft.attempt { remove(&$0, chain[position], after: chain[position - 1]) }
      default:
        move(&draft, chain, position, &random)
      }
    }
  }

  /// Takes a node out and puts it in elsewhere.
  private func move(
    _ draft: inout TransactionDraft, _ chain: [Int], _ position: Int, _ random: inout SplitMix64
  ) {
    let target = random.below(chain.count)
    guard position > 0, target != position else { return }
    _ = draft.attempt { draft in
      let node = words(draft.images[0], chain[position])
      return remove(&draft, chain[position], after: chain[position - 1])
        && insert(&draft, chain[position], after: chain[target], serial: node[0], [node[2], node[3]])
    }
  }

  private func insert(
    _ draft: inout TransactionDraft, _ place: Int, after previous: Int, serial: UInt64, _ values: [UInt64]
  ) -> Bool {
    guard draft.claim(0, range(place)), draft.claim(0, range(previous)) else { return false }
    let node = [serial, UInt64(next(draft.images[0], previous))] + values
    return draft.write(0, at: place, LittleEndian.bytes(node + [LittleEndian.checksum(node)]))
      && link(&draft, previous, to: place)
  }

  private func remove(_ draft: inout TransactionDraft, _ place: Int, after previous: Int) -> Bool {
    guard draft.claim(0, range(place)), draft.claim(0, range(previous)) else { return false }
    return link(&draft, previous, to: next(draft.images[0], place))
      && draft.write(0, at: place, [UInt8](repeating: 0, count: Self.nodeLength))
  }

  /// Makes the node at `place`, or the head, lead to `target`.
  private func link(_ draft: inout TransactionDraft, _ place: Int, to target: Int) -> Bool {
    let offset = UInt64(target)
    guard place != 0 else {
      return draft.write(0, at: 0, LittleEndian.bytes([offset, Self.headChecksum(offset)]))
    }
    var node = words(draft.images[0], place)
    node[1] = offset
    return draft.write(0, at: place + 8, LittleEndian.bytes(offset))
      && draft.write(0, at: place + 32, LittleEndian.bytes(LittleEndian.checksum(node)))
  }

  private static func headChecksum(_ offset: UInt64) -> UInt64 {
    offset == 0 ? 0 : LittleEndian.checksum([offset])
  }

  // MARK: - The invariant

  func violation(in images: [[UInt8]]) -> String? {
    let image = images[0]
    let head = LittleEndian.integer64(image, at: 0)
    guard LittleEndian.integer64(image, at: 8) == Self.headChecksum(head) else {
      return "The list's head does not fit its checksum."
    }
    let known = Set(places)
    var reached: Set<Int> = []
    var from = 0
    var place = next(image, 0)
    while place != 0 {
      guard known.contains(place) else {
        return "\(title(from)) leads to byte \(place), where no node can be."
      }
      guard reached.insert(place).inserted else {
        return "\(title(from)) leads back to the node at byte \(place): the list has a cycle."
      }
      let node = words(image, place)
      guard node[0] != 0 else { return "\(title(from)) leads to the node at byte \(place), which is free." }
      guard LittleEndian.checksum(node) == LittleEndian.integer64(image, at: place + 32) else {
        return "The node at byte \(place) does not fit its checksum."
      }
      from = place
      place = next(image, place)
    }
    for place in places where !reached.contains(place) && !LittleEndian.isZero(image, range(place)) {
      return "The node at byte \(place) is allocated, and the list does not lead to it."
    }
    return nil
  }

  private func title(_ place: Int) -> String {
    place == 0 ? "The list's head" : "The node at byte \(place)"
  }
}
