package import FaultFS
internal import Storage

/// A sync that the program does not make, added to a run: what is said to be missing is tried out.
package struct Barrier: Hashable, Sendable {
  /// What is made durable.
  package enum Subject: Hashable, Sendable {
    /// The bytes and the size of the file with that name: the name that it has at that time.
    case file(String)
    /// The entries of the directory.
    case directory(String)
  }

  /// How many storage operations come before it.
  package var position: Int
  package var subject: Subject

  package init(position: Int, subject: Subject) {
    self.position = position
    self.subject = subject
  }
}

/// What is changed about the syncs of a run, to see what comes of it.
package enum SyncChange: Hashable, Sendable {
  /// More of them, each as soon as the disk has made this many operations of the run without them, before the call that
  /// made the last of those returns. No fault strikes or counts them.
  case added([Barrier])
  /// Those with these numbers, counted from 0 over all syncs of files and directories, return and do nothing.
  case removed(Set<Int>)

  /// `disk` with the change. It lies below sabotage, which cannot leave out a sync that is added.
  package func storage(over disk: FaultDisk) -> HookedStorage {
    switch self {
    case .added(let barriers):
      var schedule = AddedSyncs(barriers, on: disk)
      return HookedStorage(
        disk,
        hook: .init(after: { () throws(StorageError) in
          while let subject = schedule.nextDue(on: disk) {
            try disk.withoutStrikes { () throws(StorageError) in
              switch subject {
              case .file(let name): try disk.open(name, .readWrite).sync(.data)
              case .directory(let name): try disk.syncDirectory(name)
              }
            }
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

/// When added syncs are due.
struct AddedSyncs {
  private let syncs: [(count: Int, subject: Barrier.Subject)]
  private var next: Int

  /// - Parameter disk: where it was used before, the syncs that it has seen are not due again.
  init(_ barriers: [Barrier], on disk: FaultDisk) {
    // Each comes after those before it, which are operations of the disk as well.
    let syncs = barriers.sorted { $0.position < $1.position }.enumerated().map { number, barrier in
      (count: barrier.position + number, subject: barrier.subject)
    }
    self.syncs = syncs
    next = syncs.firstIndex { $0.count >= disk.operationCount } ?? syncs.count
  }

  /// What is to be synced now; nil for nothing. Each is asked for once.
  mutating func nextDue(on disk: FaultDisk) -> Barrier.Subject? {
    guard next < syncs.count, disk.operationCount >= syncs[next].count else { return nil }
    defer { next += 1 }
    return syncs[next].subject
  }
}
