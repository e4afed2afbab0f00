/// Brings what is finished in any order back into the order of its indices.
///
/// It holds no more than what was finished ahead of the slowest: with n workers and cases of like length, about n.
struct ReorderBuffer<Element> {
  private var next = 0
  private var waiting: [Int: Element] = [:]

  /// Whether nothing waits for its turn.
  var isEmpty: Bool { waiting.isEmpty }

  /// Takes the element with `index`; what can now be handed on, in order.
  mutating func insert(_ element: Element, at index: Int) -> [Element] {
    guard index >= next, waiting.updateValue(element, forKey: index) == nil else {
      fatalError("element \(index) was inserted twice; the next one is \(next)")
    }
    var ready: [Element] = []
    while let element = waiting.removeValue(forKey: next) {
      ready.append(element)
      next += 1
    }
    return ready
  }

  /// What still waits, in order, though earlier elements are missing; for the end of an interrupted campaign.
  mutating func drain() -> [Element] {
    let rest = waiting.sorted { $0.key < $1.key }
    waiting = [:]
    if let last = rest.last { next = last.key + 1 }
    return rest.map(\.value)
  }
}
