internal import SeededRandom

/// A sector caught between the chosen version and the next one.
///
/// `newBytes` of the sector hold the next version's bytes. The rest of what the next version's call wrote in
/// the sector holds the chosen version's bytes, zeros, or garbage; bytes that the call did not write stay, unless
/// the profile's tearing reaches neighbours. With no new bytes at all, over the floor of a sector at or beyond the file's
/// durable size, it is a tail that was exposed before its data arrived: then the whole sector holds the rest.
public struct Tear: Hashable, Sendable, Codable {
  /// What the bytes hold that are not new.
  public enum Rest: Hashable, Sendable, Codable {
    case old
    case zeros
    /// Bytes drawn from the seed.
    case garbage(seed: UInt64)

    public var kind: RestKind {
      switch self {
      case .old: .old
      case .zeros: .zeros
      case .garbage: .garbage
      }
    }
  }

  /// A kind of rest, as a profile lists it.
  public enum RestKind: String, Hashable, Sendable, Codable, CaseIterable {
    case old, zeros, garbage
  }

  /// The first byte in the sector that is new.
  public var newBytesStart: Int
  /// The end of the new bytes in the sector.
  public var newBytesEnd: Int
  public var rest: Rest

  /// - Parameter newBytes: the bytes of the sector that hold the next version's content.
  public init(newBytes: Range<Int>, rest: Rest) {
    newBytesStart = newBytes.lowerBound
    newBytesEnd = newBytes.upperBound
    self.rest = rest
  }

  /// Whether no byte is new.
  public var isBare: Bool { newBytesStart == newBytesEnd }

  /// Byte `index` of the garbage that `seed` stands for.
  static func garbage(_ seed: UInt64, byte index: Int) -> UInt8 {
    let word = SplitMix64(seed: seed).peek(after: index / 8)
    return UInt8(truncatingIfNeeded: word >> UInt64(index % 8 * 8))
  }
}
