import SeededRandom

/// The `queue` workload: persistent rings, one for each client, side by side in the one segment. Nothing in a ring
/// is missing or there twice.
///
/// A ring is a header (how many items were taken, how many were put, a checksum of both) and slots of 40 bytes (the
/// item's number from 1, 24 bytes, a checksum of all). Item n lies in slot (n - 1) modulo the number of slots, and
/// stays there after it is taken until a later one overwrites it.
struct QueueModel: WorkloadModel {
  static let headerLength = 24
  static let slotLength = 40

  private let rings: Int
  private let ringLength: Int
  private let slots: Int

  init(_ scenario: Scenario) {
    rings = scenario.workload.clients
    ringLength = (scenario.segments.first?.length ?? 0) / rings / 8 * 8
    slots = min(scenario.workload.objects, (ringLength - Self.headerLength) / Self.slotLength)
  }

  static func problems(of scenario: Scenario) -> [ScenarioConsistency.Problem] {
    WorkloadDemands.segments(1, of: scenario)
  }

  private struct Header {
    var taken: UInt64
    var put: UInt64

    var bytes: [UInt8] { LittleEndian.bytes([taken, put, LittleEndian.checksum([taken, put])]) }
  }

  private func header(_ image: [UInt8], _ ring: Int) -> Header {
    Header(
      taken: LittleEndian.integer64(image, at: ring * ringLength),
      put: LittleEndian.integer64(image, at: ring * ringLength + 8))
  }

  private func slotOffset(_ ring: Int, item: UInt64) -> Int {
    ring * ringLength + Self.headerLength + Int((item - 1) % UInt64(slots)) * Self.slotLength
  }

  private static func slot(item: UInt64, _ payload: [UInt64]) -> [UInt8] {
    let words = [item] + payload
    return LittleEndian.bytes(words + [LittleEndian.checksum(words)])
  }

  func plan(_ draft: inout TransactionDraft, client: Int, _ random: inout SplitMix64) {
    guard draft.claim(0, client * ringLength..<(client + 1) * ringLength) else { return }
    var header = header(draft.images[0], client)
    let before = header
    let headerFirst = random.chance(0.5)
    // The header's room is kept free, so that a transaction never ends without it.
    let room = draft.budget.cost(ofRange: Self.headerLength)
    var items: [(offset: Int, bytes: [UInt8])] = []
    var cost = room
    for _ in 0..<random.draw(1...4) {
      let held = header.put - header.taken
      let put = held == 0 || (held < UInt64(slots) && random.chance(0.55))
      guard put else {
        header.taken += 1
        continue
      }
      cost += draft.budget.cost(ofRange: Self.slotLength)
      guard cost <= draft.budget.left else { break }
      header.put += 1
      let payload = [random.next(), random.next(), random.next()]
      items.append((slotOffset(client, item: header.put), Self.slot(item: header.put, payload)))
    }
    guard (header.taken, header.put) != (before.taken, before.put) else { return }
    let offset = client * ringLength
    var staged = !headerFirst || draft.write(0, at: offset, header.bytes)
    for item in items { staged = staged && draft.write(0, at: item.offset, item.bytes) }
    staged = staged && (headerFirst || draft.write(0, at: offset, header.bytes))
    guard staged else { fatalError("a ring's transaction of \(cost) bytes went over its budget") }
  }

  func violation(in images: [[UInt8]]) -> String? {
    for ring in 0..<rings {
      if let sentence = violation(in: images[0], ring) { return sentence }
    }
    return nil
  }

  private func violation(in image: [UInt8], _ ring: Int) -> String? {
    let start = ring * ringLength
    let header = header(image, ring)
    if LittleEndian.isZero(image, start..<(start + Self.headerLength)) {
      guard LittleEndian.isZero(image, start..<(start + ringLength)) else {
        return "Ring \(ring) has items, and its header has none."
      }
      return nil
    }
    guard header.bytes == Array(image[start..<(start + Self.headerLength)]) else {
      return "The header of ring \(ring) does not fit its checksum."
    }
    guard header.taken <= header.put, header.put - header.taken <= UInt64(slots) else {
      return "Ring \(ring) of \(slots) slots says \(header.put) items were put and \(header.taken) taken."
    }
    let oldest = header.put > UInt64(slots) ? header.put - UInt64(slots) + 1 : 1
    for item in stride(from: oldest, through: header.put, by: 1) {
      let offset = slotOffset(ring, item: item)
      let words = (0..<4).map { LittleEndian.integer64(image, at: offset + 8 * $0) }
      guard words[0] == item else {
        return "Ring \(ring) has item \(words[0]) where item \(item) belongs (byte \(offset))."
      }
      guard LittleEndian.checksum(words) == LittleEndian.integer64(image, at: offset + 32) else {
        return "Item \(item) of ring \(ring) (byte \(offset)) does not fit its checksum."
      }
    }
    let used = start + Self.headerLength + Int(min(header.put, UInt64(slots))) * Self.slotLength
    guard LittleEndian.isZero(image, used..<(start + ringLength)) else {
      return "Ring \(ring) has bytes where no item was put yet."
    }
    return nil
  }
}
