import Testing

@testable import LRVM

@Suite struct PlainListTests {
  /// Against an array.
  @Test func operationsAtRandom() {
    var random = Random(seed: 43)
    for _ in 0..<20 {
      var list = PlainList<Int>()
      var model: [Int] = []
      for _ in 0..<2000 {
        switch random.below(40) {
        case 0:
          list.removeAll()
          model.removeAll()
        case 1:
          let removed = random.below(model.count + 1)
          list.removeLast(removed)
          model.removeLast(removed)
        case 2:
          list.sort(by: <)
          model.sort()
        case 3 where !model.isEmpty:
          let index = random.below(model.count)
          list[index] += 5
          model[index] += 5
        default:
          let value = random.below(1000)
          list.append(value)
          model.append(value)
        }
        #expect(list.count == model.count && list.isEmpty == model.isEmpty)
      }
      #expect(list.elements == model)
    }
  }
}
