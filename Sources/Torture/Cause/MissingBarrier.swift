/// Two things between which a sync is missing.
public struct MissingBarrier: Codable, Hashable, Sendable {
  /// Something that the store did.
  struct Place: Codable, Hashable, Sendable {
    /// The number of the storage operation; nil where it is no operation but the return of a call.
    var operation: Int?
    /// What it was, in words.
    var action: String
    /// Where the program was, innermost frame first.
    var stack: [String]
  }

  /// What is to be synced: a file by the name that it has then, or a directory.
  var subject: String
  var isDirectory: Bool
  /// What has to be durable first: the last operation that the sync has to cover.
  var first: Place
  /// What must not happen before.
  var second: Place
  /// How many storage operations have come before the sync at least, and at most.
  var positions: ClosedRange<Int>
  /// Whether every crash state of the run with the sync was judged (tears aside), so that surely none has the failure.
  var isProven: Bool

  /// The sync in words.
  var remedy: String {
    guard isDirectory else { return "a data sync of '\(subject)'" }
    return subject.isEmpty ? "a sync of the directory" : "a sync of the directory '\(subject)'"
  }

  /// What a developer has to know.
  var sentence: String {
    let consequence =
      second.operation == nil
      ? "may still be lost although \(second.action)" : "may reach the disk later than \(second.action)"
    return "\(first.action) \(consequence); \(remedy) between them closes this."
  }
}
