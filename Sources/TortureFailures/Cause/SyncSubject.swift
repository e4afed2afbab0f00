import FaultFS
import Storage
import TortureCore

/// What a sync would cover: a file by its number, since its name may change, or a directory.
enum SyncSubject: Hashable {
  case file(Int)
  case directory(String)

  /// What would have kept a loss.
  init(_ found: Loss.Found) {
    let subject = found.subject
    self = subject.file.map { .file($0) } ?? .directory(StorageName.directory(of: subject.entry))
  }

  /// What would make durable what a storage call has changed.
  static func all(changedBy operation: FaultFS.Operation) -> [SyncSubject] {
    switch operation.kind {
    case .write, .truncate, .allocate, .zero, .setAttributes: operation.file.map { [.file($0)] } ?? []
    case .create, .remove, .makeDirectory, .removeDirectory, .makeSymbolicLink, .link:
      [.directory(StorageName.directory(of: operation.name))]
    case .rename, .exchange:
      Set([operation.name, operation.newName ?? operation.name].map { StorageName.directory(of: $0) })
        .sorted().map {
          .directory($0)
        }
    // Memory is made durable by flushes and fences, which no sync stands for.
    case .syncData, .syncFull, .syncDirectory, .store, .flush, .fence: []
    }
  }

  /// A sync of it once `position` operations were made; nil where there is nothing of that name then.
  func barrier(at position: Int, _ timeline: [FaultFS.Operation]) -> Barrier? {
    switch self {
    case .directory(let name): Barrier(position: position, subject: .directory(name))
    case .file(let number):
      name(of: number, timeline.prefix(position)).map { Barrier(position: position, subject: .file($0)) }
    }
  }

  private func name(of number: Int, _ operations: some Sequence<FaultFS.Operation>) -> String? {
    var name: String?
    var isMet = false
    for operation in operations {
      if operation.kind == .exchange, name != nil {
        if operation.name == name {
          name = operation.newName
        } else if operation.newName == name {
          name = operation.name
        }
        continue
      }
      guard operation.file == number else {
        // Another file may take its name.
        if operation.kind == .rename, operation.newName == name { name = nil }
        continue
      }
      switch operation.kind {
      case .create: name = operation.name
      case .rename: name = operation.newName
      case .remove: if operation.name == name { name = nil }
      case .link: name = name ?? operation.name
      // One that was there before goes by the name that it is first called by. A descriptor keeps a name that is gone.
      default: if !isMet { name = operation.name }
      }
      isMet = true
    }
    return name
  }
}

extension Barrier.Subject {
  var name: String {
    switch self {
    case .file(let name), .directory(let name): name
    }
  }
}
