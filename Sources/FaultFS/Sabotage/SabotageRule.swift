internal import Storage

/// One way to break a store on purpose: a kind of call that is dropped, as a bug would drop it.
///
/// As data it reads `{drop: sync, file: "*.log"}`; `syncKind: data | full` and `onlyCall: 3` are optional.
public struct SabotageRule: Hashable, Sendable, Codable {
  /// A call that can be dropped: it returns success and does nothing.
  public enum Call: String, Hashable, Sendable, Codable, CaseIterable {
    case write, sync
    case syncDirectory = "sync-directory"
    case rename, truncate, allocate
    /// Of mapped memory.
    case flush, fence
  }

  /// What a `sync` asks for.
  public enum Kind: String, Hashable, Sendable, Codable {
    case data, full
  }

  public var drop: Call
  /// The names that it applies to: `*` stands for any characters, `?` for one, the rest for itself. The name of a
  /// directory sync is the directory, of a rename the old or the new name.
  public var file: String
  /// Only syncs of this kind; any where nil.
  public var syncKind: Kind?
  /// Only the call with this number among those that match, counted from 1; every one where nil.
  public var onlyCall: Int?

  public init(drop: Call, file: String, syncKind: Kind? = nil, onlyCall: Int? = nil) {
    self.drop = drop
    self.file = file
    self.syncKind = syncKind
    self.onlyCall = onlyCall
  }

  /// Whether the rule is about a call, before calls are counted.
  func matches(_ call: Call, _ name: String, _ kind: SyncKind?) -> Bool {
    guard call == drop, NamePattern.matches(file, name) else { return false }
    switch (syncKind, kind) {
    case (.data, .full), (.full, .data): return false
    default: return true
    }
  }
}
