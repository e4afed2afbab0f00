/// What identifies a file among all others of its storage while it exists, whatever names it has.
public struct FileIdentity: Hashable, Sendable {
  /// The device that holds it, and its number there.
  public var device: UInt64
  public var number: UInt64

  public init(device: UInt64, number: UInt64) {
    self.device = device
    self.number = number
  }
}
