import SeededRandom

extension SplitMix64 {
  mutating func isOneIn(_ odds: Int) -> Bool { below(odds) == 0 }

  mutating func element<Element>(of elements: [Element]) -> Element { elements[below(elements.count)] }
}
