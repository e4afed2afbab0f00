/// One operation of a sequence: a letter of the alphabet that exhaustive workloads are spelled with.
public enum Letter: Hashable, Sendable {
  case flush
  case truncateStep
  case reopen
  case abort(client: Int)
  case commit(client: Int, flush: Bool)
  /// Declares and stores the range with that number in `Alphabet.ranges`.
  case write(client: Int, range: Int)
  case begin(client: Int)
}

extension Letter: CustomStringConvertible {
  public var description: String {
    switch self {
    case .flush: "flush"
    case .truncateStep: "truncate step"
    case .reopen: "reopen"
    case .abort(let client): "abort\(Self.name(client))"
    case .commit(let client, let flush): (flush ? "commit flush" : "commit no-flush") + Self.name(client)
    case .write(let client, let range): "set range \(range)\(Self.name(client))"
    case .begin(let client): "begin\(Self.name(client))"
    }
  }

  /// Clients are numbered from 0; the first needs no number.
  private static func name(_ client: Int) -> String { client == 0 ? "" : " by client \(client)" }
}
