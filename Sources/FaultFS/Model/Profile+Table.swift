extension Profile {
  /// The named profiles as a table in Markdown, made from their fields: for the documentation, and to be held against
  /// the model.
  public static var profileTable: String {
    let head = [
      "profile", "atom", "tears", "of one write may survive", "sectors", "sizes", "entries", "order",
      "a size that grew",
      "an exposed tail may hold", "a file's full sync covers", "a directory's sync covers",
      "after a failed sync",
    ]
    let rows = [head, head.map { _ in "---" }] + named.map(\.row)
    return rows.map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
  }

  /// The profile's row in the table.
  private var row: [String] {
    let exposed = exposedTail.map(\.rawValue).joined(separator: ", ")
    return [
      "`\(name)`", atom.phrase(self), canTear ? "if asked for" : "never", survivingPart, sectors.phrase,
      sizes.phrase,
      entries.phrase, order.phrase, grownSize.phrase + (growsByBlocks ? "; block by block" : ""),
      exposed.isEmpty ? "its older bytes" : "its older bytes, \(exposed)",
      fileSyncPersistsEntry ? "its bytes, its size, its own entry" : "its bytes, its size",
      fileSyncPersistsEntry ? "its entries, its own entry" : "its entries",
      failedSync.map(\.phrase).joined(separator: "; or "),
    ]
  }
}

extension Profile {
  /// Which parts of a write that was not synced a crash may keep.
  fileprivate var survivingPart: String {
    switch (atom, order) {
    case (.call, _): "all or nothing"
    case (.block, .everything): "its first blocks"
    case (.block, _): "any blocks"
    case (.sector, .everything): "its first sectors"
    case (.sector, _): "any sectors: runs of them, a suffix"
    }
  }
}

extension Profile.Atom {
  fileprivate func phrase(_ profile: Profile) -> String {
    switch self {
    case .sector: "a sector, 512 or 4096 bytes"
    case .block: "a block, \(profile.blockLength) bytes"
    case .call: "the call"
    }
  }
}

extension Profile.Ordering {
  fileprivate var phrase: String {
    switch self {
    case .free: "lost until synced"
    case .durableOnReturn: "durable on return"
    }
  }
}

extension Profile.Order {
  fileprivate var phrase: String {
    switch self {
    case .free: "none"
    case .metadata: "metadata: a prefix of the calls, but for sizes that grew by writes"
    case .everything: "everything: a prefix of the atoms"
    }
  }
}

extension Profile.GrownSize {
  fileprivate var phrase: String {
    switch self {
    case .free: "waits for nothing"
    case .overZeros: "with its data or over zeros"
    case .afterItsData: "after its data"
    case .withItsData: "with its data"
    }
  }
}

extension Profile.FailedSync {
  fileprivate var phrase: String {
    switch self {
    case .cleanNotWritten: "clean but not written"
    case .reportedLate: "reported by the next sync"
    case .reverted: "the old bytes return"
    }
  }
}
