/// A fault that struck: which, and where.
public struct FiredFault: Hashable, Sendable, Codable {
  /// The fault's place in the list that was injected.
  public var fault: Int
  public var kind: Fault.Kind
  public var call: Fault.Call
  /// The call's number among all calls of the disk that a fault can strike, counted from 1.
  public var callNumber: Int
  /// The call's number among those that the fault could have struck, counted from 1: that of `Fault.Placement.call`.
  public var matchNumber: Int
  /// How many operations the timeline held when the call began: the crash point at which the call was in flight.
  public var operation: Int
  /// The name of the file, or of the directory.
  public var file: String
  /// Where a read or write began, in bytes; else 0.
  public var offset: Int
  /// How long a read or write was, in bytes; else 0.
  public var length: Int
  /// What was drawn: "5 of 12 bytes went in".
  public var detail: String
}
