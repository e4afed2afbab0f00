extension SplitMix64 {
  /// A number from 0 up to, not including, `bound`, each equally likely (Lemire, "Fast random integer generation in
  /// an interval", 2019).
  ///
  /// - Precondition: `bound` is at least 1.
  @inlinable public mutating func below(_ bound: Int) -> Int {
    guard bound > 0 else { fatalError("a draw below \(bound): the bound must be at least 1") }
    let range = UInt64(bound)
    var product = next().multipliedFullWidth(by: range)
    if product.low < range {
      // The draws that would make some numbers likelier than others are thrown away.
      let threshold = (0 &- range) % range
      while product.low < threshold {
        product = next().multipliedFullWidth(by: range)
      }
    }
    return Int(product.high)
  }

  /// A number in `range`, each equally likely.
  public mutating func draw(_ range: ClosedRange<Int>) -> Int {
    let (span, overflow) = range.upperBound.subtractingReportingOverflow(range.lowerBound)
    guard !overflow, span < Int.max else { fatalError("a draw from \(range): the range is too wide") }
    return range.lowerBound + below(span + 1)
  }

  /// True with the given probability, from 0 (never) to 1 (always).
  public mutating func chance(_ probability: Double) -> Bool {
    Double(next() >> 11) * 0x1p-53 < probability
  }

  /// One of `elements`, each equally likely; nil where there is none.
  public mutating func pick<Element>(_ elements: [Element]) -> Element? {
    elements.isEmpty ? nil : elements[below(elements.count)]
  }

  /// An index into `weights`, each as likely as its weight says.
  ///
  /// - Precondition: no weight is negative, and their sum is at least 1.
  public mutating func weighted(_ weights: [Int]) -> Int {
    guard weights.allSatisfy({ $0 >= 0 }) else { fatalError("a weight in \(weights) is negative") }
    var rest = below(weights.reduce(0, +))
    for (index, weight) in weights.enumerated() {
      if rest < weight { return index }
      rest -= weight
    }
    fatalError("a weighted draw ran past its weights \(weights)")
  }

  /// Puts the elements in random order (Fisher and Yates).
  public mutating func shuffle<Element>(_ elements: inout [Element]) {
    for end in stride(from: elements.count, to: 1, by: -1) {
      elements.swapAt(end - 1, below(end))
    }
  }

  /// `count` random bytes.
  public mutating func bytes(_ count: Int) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(count)
    while result.count < count {
      let word = next()
      for shift in 0..<min(8, count - result.count) {
        result.append(UInt8(truncatingIfNeeded: word >> (8 * UInt64(shift))))
      }
    }
    return result
  }
}
