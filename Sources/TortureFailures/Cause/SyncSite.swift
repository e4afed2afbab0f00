import FaultFS
package import TortureCore

/// The syncs of a run that were called from one place: with the same call stack.
package struct SyncSite: Codable, Hashable, Sendable {
  package var kind: StorageCall.Kind
  /// The store's frames, innermost first.
  package var stack: [StackFrame]
  /// What was synced, each name once, in the order of the run; the root directory's is empty.
  package var subjects: [String]
  /// Which of the run's syncs, counted from 0.
  package var numbers: [Int]
  /// The storage operation that each of them is: no crash before it can tell whether it is there.
  package var positions: [Int]

  /// By what sites of different runs are known to be one.
  var key: Key { Key(kind: kind, stack: stack) }

  /// See `key`.
  struct Key: Hashable {
    var kind: StorageCall.Kind
    var stack: [StackFrame]
  }

  /// The sites of a case's run without any crash, in the order in which they are first met. May trap where the system
  /// under test does.
  package static func sites(of testCase: TestCase) -> [SyncSite] {
    let witness = CaseWitness()
    let recording = Recording(testCase, witness: witness)
    var sites: [SyncSite] = []
    var number = 0
    for operation in recording.disk.timeline.operations {
      let kind = StorageCall(operation).kind
      guard kind.isSync else { continue }
      defer { number += 1 }
      let stack = operation.witness.map { witness.frames($0).ofStore } ?? []
      if let index = sites.firstIndex(where: { $0.kind == kind && $0.stack == stack }) {
        sites[index].numbers.append(number)
        sites[index].positions.append(operation.index)
        if !sites[index].subjects.contains(operation.name) { sites[index].subjects.append(operation.name) }
      } else {
        sites.append(
          SyncSite(
            kind: kind, stack: stack, subjects: [operation.name], numbers: [number],
            positions: [operation.index]))
      }
    }
    return sites
  }
}

/// Syncs of a run that are left out of it.
package struct SyncRemoval: Codable, Hashable, Sendable {
  /// Which, counted from 0; none for the run as it is.
  package var numbers: [Int] = []
  /// The storage operation that the first of them is: crashes before it are those of the run as it is.
  package var first = 0

  /// Leaves out nothing.
  package init() {}

  /// Leaves out one sync of a site, the one with that index among the site's.
  package init(_ site: SyncSite, _ index: Int) {
    numbers = [site.numbers[index]]
    first = site.positions[index]
  }

  /// Leaves out all syncs of the sites.
  package init(_ sites: [SyncSite]) {
    numbers = sites.flatMap(\.numbers).sorted()
    first = sites.flatMap(\.positions).min() ?? 0
  }
}
