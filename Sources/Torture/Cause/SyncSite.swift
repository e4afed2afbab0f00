import FaultFS

/// The syncs of a run that were called from one place: with the same call stack.
struct SyncSite: Codable, Hashable, Sendable {
  /// `data sync`, `full sync` or `directory sync`.
  var kind: String
  /// The functions of the store and of what it calls, innermost frame first, without those of the harness above it.
  var stack: [String]
  /// What was synced, each name once, in the order of the run; the root directory's is empty.
  var subjects: [String]
  /// Which of the run's syncs, counted from 0.
  var numbers: [Int]
  /// The storage operation that each of them is: no crash before it can tell whether it is there.
  var positions: [Int]

  /// What tells sites of different runs that they are one.
  var key: [String] { [kind] + stack }

  /// In words: what, and of which files.
  var title: String {
    let names = subjects.map { $0.isEmpty ? "the directory" : "'\($0)'" }
    return "\(kind) of \(names.joined(separator: ", "))"
  }

  /// The sites of a case's run without any crash, in the order in which they are first met. May trap where the system
  /// under test does.
  static func sites(of testCase: TestCase) -> [SyncSite] {
    let witness = CaseWitness()
    let recording = Recording(testCase, witness: witness)
    var sites: [SyncSite] = []
    var number = 0
    for operation in recording.disk.timeline.operations {
      guard let kind = Self.kind(operation.kind) else { continue }
      defer { number += 1 }
      let lines = operation.witness.map { witness.lines($0) } ?? []
      let stack = Array(lines.prefix { !$0.contains(" at Sources/Torture/") })
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

  private static func kind(_ operation: FaultFS.Operation.Kind) -> String? {
    switch operation {
    case .syncData: "data sync"
    case .syncFull: "full sync"
    case .syncDirectory: "directory sync"
    case .create, .write, .truncate, .allocate, .rename, .remove: nil
    }
  }
}

/// Syncs of a run that are left out of it.
struct SyncRemoval: Codable, Hashable, Sendable {
  /// Which, counted from 0; none for the run as it is.
  var numbers: [Int] = []
  /// The storage operation that the first of them is: crashes before it are those of the run as it is.
  var first = 0

  /// Leaves out nothing.
  init() {}

  /// Leaves out one sync of a site, the one with that index among the site's.
  init(_ site: SyncSite, _ index: Int) {
    numbers = [site.numbers[index]]
    first = site.positions[index]
  }

  /// Leaves out all syncs of the sites.
  init(_ sites: [SyncSite]) {
    numbers = sites.flatMap(\.numbers).sorted()
    first = sites.flatMap(\.positions).min() ?? 0
  }
}
