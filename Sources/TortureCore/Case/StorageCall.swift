package import FaultFS

/// A call of a store that changed its disk or made something durable, as evidence: what the timeline knows of it, in a
/// form that lasts.
public struct StorageCall: Hashable, Sendable, Codable {
  public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
    case create, write, truncate, allocate, zero, rename, exchange, remove, link
    case makeDirectory = "make-directory"
    case removeDirectory = "remove-directory"
    case makeSymbolicLink = "make-symbolic-link"
    case setAttributes = "set-attributes"
    case store, flush, fence
    case syncData = "sync-data"
    case syncFull = "sync-full"
    case syncDirectory = "sync-directory"

    /// Whether it makes something durable.
    public var isSync: Bool {
      switch self {
      case .syncData, .syncFull, .syncDirectory, .fence: true
      default: false
      }
    }
  }

  /// Its place in the timeline, from 0.
  public var number: Int
  public var kind: Kind
  /// The name of the file as the caller knew it, or of the directory; the root directory's is empty.
  public var name: String
  /// The second name of a rename or an exchange.
  public var newName: String?
  /// Where a write or a range of zeros began, in bytes; else 0.
  public var offset: Int
  /// How many bytes were written; for truncate and allocate the size asked for, in bytes; else 0.
  public var length: Int
  /// Whether a write was durable by itself when it returned.
  public var isForced: Bool

  enum CodingKeys: String, CodingKey {
    case number, kind, name, offset, length
    case newName = "new_name"
    case isForced = "forced"
  }

  /// A call with the given parts.
  public init(
    number: Int, kind: Kind, name: String, newName: String? = nil, offset: Int = 0, length: Int = 0,
    isForced: Bool = false
  ) {
    self.number = number
    self.kind = kind
    self.name = name
    self.newName = newName
    self.offset = offset
    self.length = length
    self.isForced = isForced
  }

  package init(_ operation: FaultFS.Operation) {
    number = operation.index
    kind = Kind(operation.kind)
    name = operation.name
    newName = operation.newName
    offset = operation.offset
    length = operation.length
    isForced = operation.isForced
  }

  /// What it did to which file, without the numbers that tell it from others of its kind.
  package var gist: [String] { [kind.rawValue, isForced ? "forced" : "", name, newName ?? ""] }
}

extension StorageCall.Kind {
  init(_ kind: FaultFS.Operation.Kind) {
    self =
      switch kind {
      case .create: .create
      case .write: .write
      case .truncate: .truncate
      case .allocate: .allocate
      case .syncData: .syncData
      case .syncFull: .syncFull
      case .syncDirectory: .syncDirectory
      case .rename: .rename
      case .remove: .remove
      case .makeDirectory: .makeDirectory
      case .removeDirectory: .removeDirectory
      case .makeSymbolicLink: .makeSymbolicLink
      case .link: .link
      case .exchange: .exchange
      case .zero: .zero
      case .setAttributes: .setAttributes
      case .store: .store
      case .flush: .flush
      case .fence: .fence
      }
  }
}
