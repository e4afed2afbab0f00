import StorageConformance

extension SplitMix64 {
  mutating func isOneIn(_ odds: Int) -> Bool { below(odds) == 0 }

  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
  }
}
