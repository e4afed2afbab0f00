/// A splittable stream of pseudo-random numbers: SplitMix64 (Steele, Lea and Flood, OOPSLA '14).
///
/// Everything random in a case comes from one seed through this type, so that a seed means the same case in every
/// release of the compiler: the standard library promises neither its generator nor its sampling.
///
/// `split` gives a stream for a purpose ("workload", "crash states", …). A stream depends on the seed and on the
/// purposes on the way to it, never on how many numbers were drawn, so that a draw added for one purpose leaves
/// every other one as it was.
@frozen public struct SplitMix64: Hashable, Sendable {
  /// What `split` derives from: it identifies the stream. Drawing does not change it.
  public let key: UInt64
  @usableFromInline var state: UInt64

  /// The stream of a seed. Any seed is as good as any other.
  @inlinable public init(seed: UInt64) {
    key = seed
    state = seed
  }

  /// The independent stream for `purpose`.
  @inlinable public func split(_ purpose: UInt64) -> SplitMix64 {
    // Two rounds of mixing, so that neither purposes nor seeds that are close together give streams that overlap.
    SplitMix64(seed: Self.mix(Self.mix(key &+ Self.gamma) ^ Self.mix(purpose &+ 0x5851_f42d_4c95_7f2d)))
  }

  /// The independent stream for `purpose`.
  public func split(_ purpose: String) -> SplitMix64 {
    // FNV-1a over the UTF-8 bytes: `Hasher` changes from one process to the next.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in purpose.utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }
    return split(hash)
  }

  /// The next 64 random bits.
  @inlinable public mutating func next() -> UInt64 {
    state &+= Self.gamma
    return Self.mix(state)
  }

  /// The draw after `count` others, which leaves the stream as it is.
  @inlinable public func peek(after count: Int = 0) -> UInt64 {
    Self.mix(state &+ UInt64(truncatingIfNeeded: count + 1) &* Self.gamma)
  }

  /// The golden ratio as a fraction of 2^64: consecutive states lie as far apart as they can.
  @inlinable static var gamma: UInt64 { 0x9e37_79b9_7f4a_7c15 }

  /// The output function: a bijection of 64 bits in which every input bit reaches every output bit.
  @inlinable public static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
