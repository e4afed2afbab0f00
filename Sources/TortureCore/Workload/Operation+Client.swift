extension Operation {
  /// Whose operation it is; nil for one outside of transactions.
  package var client: Int? {
    switch self {
    case .begin(let client, _), .write(let client, _, _, _), .commit(let client, _), .abort(let client),
      .drop(let client):
      client
    case .flush, .truncate, .truncateStep, .remap, .reopen: nil
    }
  }

  var isCommit: Bool {
    if case .commit = self { true } else { false }
  }

  /// The same operation of another client.
  package func by(_ newClient: Int) -> Operation {
    switch self {
    case .begin(_, let restore): .begin(client: newClient, restore: restore)
    case .write(_, let segment, let offset, let bytes):
      .write(client: newClient, segment: segment, offset: offset, bytes: bytes)
    case .commit(_, let flush): .commit(client: newClient, flush: flush)
    case .abort: .abort(client: newClient)
    case .drop: .drop(client: newClient)
    case .flush, .truncate, .truncateStep, .remap, .reopen: self
    }
  }
}
