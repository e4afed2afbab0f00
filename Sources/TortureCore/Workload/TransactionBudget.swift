/// How much a transaction may write so that it surely fits in the store beside others.
///
/// What a range costs is the store's own business: so much for the range itself, and its bytes, padded.
public struct TransactionBudget: Hashable, Sendable {
  /// What is left, in bytes.
  public private(set) var left: Int
  private let bytesPerRange: Int
  private let alignment: Int

  /// Room for any transaction.
  public static let unlimited = TransactionBudget(bytes: .max, bytesPerRange: 0, alignment: 1)

  /// - Parameters:
  ///   - bytes: what all ranges together may cost.
  ///   - bytesPerRange: what a range costs besides its bytes.
  ///   - alignment: what a range's bytes are padded to, in bytes.
  public init(bytes: Int, bytesPerRange: Int, alignment: Int) {
    left = bytes
    self.bytesPerRange = bytesPerRange
    self.alignment = alignment
  }

  /// What a range of `length` bytes costs.
  public func cost(ofRange length: Int) -> Int {
    bytesPerRange + (length + alignment - 1) / alignment * alignment
  }

  /// The longest range that can still be paid; 0 for none.
  var rangeLengthMax: Int {
    max(0, (left - bytesPerRange) / alignment * alignment)
  }

  /// Pays for a range of `length` bytes, or returns false.
  mutating func pay(range length: Int) -> Bool {
    let cost = cost(ofRange: length)
    guard cost <= left else { return false }
    left -= cost
    return true
  }
}
