import FaultFS
internal import Storage

/// A sync that the program does not make, added to a run: what is said to be missing is tried out.
struct Barrier: Hashable, Sendable {
  /// What is made durable.
  enum Subject: Hashable, Sendable {
    /// The bytes and the size of the file with that name: the name that it has at that time.
    case file(String)
    /// The entries of the directory.
    case directory(String)
  }

  /// How many storage operations come before it.
  var position: Int
  var subject: Subject
}

/// What is changed about the syncs of a run, to see what comes of it.
enum SyncChange: Hashable, Sendable {
  /// One more, as soon as the disk has made so many operations, before the call that made the last of them returns.
  case added(Barrier)
  /// Those with these numbers, counted from 0 over all syncs of files and directories, return and do nothing.
  case removed(Set<Int>)

  /// `disk` with the change. It lies below sabotage, which cannot leave out a sync that is added.
  func storage(over disk: FaultDisk) -> HookedStorage {
    switch self {
    case .added(let barrier):
      var isDone = false
      return HookedStorage(
        disk,
        hook: .init(after: { () throws(StorageError) in
          guard !isDone, disk.operationCount >= barrier.position else { return }
          isDone = true
          switch barrier.subject {
          case .file(let name): try disk.open(name, .readWrite).sync(.data)
          case .directory(let name): try disk.syncDirectory(name)
          }
        }))
    case .removed(let numbers):
      var next = 0
      return HookedStorage(
        disk,
        hook: .init(drops: { call, _, _ in
          guard call == .sync || call == .syncDirectory else { return false }
          next += 1
          return numbers.contains(next - 1)
        }))
    }
  }
}
