/// One step of a workload: what the application does to the system under test.
///
/// Clients are numbered from 0 and have at most one transaction open each.
public enum Operation: Hashable, Sendable {
  /// Begins the client's transaction, in restore or no-restore mode.
  case begin(client: Int, restore: Bool)
  /// Declares a range of the segment (an index into the scenario's segments) and stores the bytes there.
  case write(client: Int, segment: Int, offset: Int, bytes: [UInt8])
  /// Commits the client's transaction; with `flush`, it is promised durable once the call returns.
  case commit(client: Int, flush: Bool)
  /// Aborts the client's transaction.
  case abort(client: Int)
  /// Lets the client's transaction go out of scope, which aborts it.
  case drop(client: Int)
  /// Makes every commit so far durable.
  case flush
  /// Truncates the log, to the end.
  case truncate
  /// Takes one step of truncation, which starts one where none is under way.
  case truncateStep
  /// Unmaps the segment's region and maps it again. No transaction is open.
  case remap(segment: Int)
  /// Closes the system in order, which makes every commit so far durable, and opens and maps it again. No
  /// transaction is open.
  case reopen
}

extension Operation: Codable {
  /// In JSON an operation is an object with its name and its fields; bytes are hexadecimal digits.
  enum CodingKeys: String, CodingKey {
    case operation, client, restore, segment, offset, bytes, flush
  }

  enum Name: String, Codable {
    case begin, write, commit, abort, drop, flush, truncate, truncateStep = "truncate-step", remap, reopen
  }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    func integer(_ key: CodingKeys) throws -> Int { try fields.decode(Int.self, forKey: key) }
    switch try fields.decode(Name.self, forKey: .operation) {
    case .begin:
      self = .begin(client: try integer(.client), restore: try fields.decode(Bool.self, forKey: .restore))
    case .write:
      let digits = try fields.decode(String.self, forKey: .bytes)
      guard let bytes = Hexadecimal.bytes(digits) else {
        throw DecodingError.dataCorruptedError(
          forKey: .bytes, in: fields, debugDescription: "expected pairs of hexadecimal digits")
      }
      self = .write(
        client: try integer(.client), segment: try integer(.segment), offset: try integer(.offset),
        bytes: bytes)
    case .commit:
      self = .commit(client: try integer(.client), flush: try fields.decode(Bool.self, forKey: .flush))
    case .abort: self = .abort(client: try integer(.client))
    case .drop: self = .drop(client: try integer(.client))
    case .flush: self = .flush
    case .truncate: self = .truncate
    case .truncateStep: self = .truncateStep
    case .remap: self = .remap(segment: try integer(.segment))
    case .reopen: self = .reopen
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .begin(let client, let restore):
      try fields.encode(Name.begin, forKey: .operation)
      try fields.encode(client, forKey: .client)
      try fields.encode(restore, forKey: .restore)
    case .write(let client, let segment, let offset, let bytes):
      try fields.encode(Name.write, forKey: .operation)
      try fields.encode(client, forKey: .client)
      try fields.encode(segment, forKey: .segment)
      try fields.encode(offset, forKey: .offset)
      try fields.encode(Hexadecimal.text(bytes), forKey: .bytes)
    case .commit(let client, let flush):
      try fields.encode(Name.commit, forKey: .operation)
      try fields.encode(client, forKey: .client)
      try fields.encode(flush, forKey: .flush)
    case .abort(let client):
      try fields.encode(Name.abort, forKey: .operation)
      try fields.encode(client, forKey: .client)
    case .drop(let client):
      try fields.encode(Name.drop, forKey: .operation)
      try fields.encode(client, forKey: .client)
    case .flush: try fields.encode(Name.flush, forKey: .operation)
    case .truncate: try fields.encode(Name.truncate, forKey: .operation)
    case .truncateStep: try fields.encode(Name.truncateStep, forKey: .operation)
    case .remap(let segment):
      try fields.encode(Name.remap, forKey: .operation)
      try fields.encode(segment, forKey: .segment)
    case .reopen: try fields.encode(Name.reopen, forKey: .operation)
    }
  }
}

extension Operation {
  /// What it is called in JSON, without its fields.
  package var name: String { caseName.rawValue }

  private var caseName: Name {
    switch self {
    case .begin: .begin
    case .write: .write
    case .commit: .commit
    case .abort: .abort
    case .drop: .drop
    case .flush: .flush
    case .truncate: .truncate
    case .truncateStep: .truncateStep
    case .remap: .remap
    case .reopen: .reopen
    }
  }
}

extension Operation: CustomStringConvertible {
  public var description: String {
    switch self {
    case .begin(let client, let restore):
      "client \(client) begins a transaction\(restore ? "" : " without restore")"
    case .write(let client, let segment, let offset, let bytes):
      "client \(client) writes \(bytes.count == 1 ? "1 byte" : "\(bytes.count) bytes") to segment \(segment) at \(offset)"
    case .commit(let client, let flush): "client \(client) commits \(flush ? "with" : "without") flush"
    case .abort(let client): "client \(client) aborts"
    case .drop(let client): "client \(client) drops its transaction"
    case .flush: "flush"
    case .truncate: "truncate"
    case .truncateStep: "one step of truncation"
    case .remap(let segment): "unmap segment \(segment) and map it again"
    case .reopen: "close and open again"
    }
  }
}
