public import Storage

/// A storage whose calls are broken on purpose, by rules: it stands for the bugs that storage code has.
///
/// A harness that finds nothing must be shown to find something: run the system under test on this, over any other
/// storage, and the campaign has to fail.
///
/// Threading: one thread at a time.
public final class SabotagedStorage: Storage, @unchecked Sendable {
  /// What the rules have come to. The storage's open files, which may outlive it, know this alone.
  private final class Sabotage {
    let rules: [SabotageRule]
    var matchCounts: [Int]
    var onDrop: ((_ call: SabotageRule.Call, _ name: String) -> Void)?

    init(_ rules: [SabotageRule]) {
      self.rules = rules
      matchCounts = [Int](repeating: 0, count: rules.count)
    }

    /// Whether a rule drops this call. Every rule that is about it counts it.
    func drops(_ call: SabotageRule.Call, _ names: [String], _ kind: SyncKind?) -> Bool {
      var isDropped = false
      for (number, rule) in rules.enumerated() where names.contains(where: { rule.matches(call, $0, kind) }) {
        matchCounts[number] += 1
        if rule.onlyCall == nil || rule.onlyCall == matchCounts[number] { isDropped = true }
      }
      if isDropped { onDrop?(call, names.first ?? "") }
      return isDropped
    }
  }

  private let sabotage: Sabotage
  let hooked: HookedStorage

  /// Called with each call that a rule drops, with the name that it was about. A caller may capture a call stack here.
  public var onDrop: ((_ call: SabotageRule.Call, _ name: String) -> Void)? {
    get { sabotage.onDrop }
    set { sabotage.onDrop = newValue }
  }

  /// - Parameter base: where calls go that no rule drops.
  public init(_ base: any Storage, rules: [SabotageRule]) {
    let sabotage = Sabotage(rules)
    self.sabotage = sabotage
    hooked = HookedStorage(base, hook: .init(drops: { sabotage.drops($0, $1, $2) }))
  }

  /// How many calls each rule was about so far, in the order of the rules: a rule that never matched sabotages nothing.
  public var matches: [Int] { sabotage.matchCounts }

  public var sectorLength: Int { hooked.sectorLength }

  public func open(_ name: String, _ mode: OpenMode) throws(StorageError) -> any StorageFile {
    try hooked.open(name, mode)
  }

  public func rename(_ name: String, to newName: String) throws(StorageError) {
    try hooked.rename(name, to: newName)
  }

  public func remove(_ name: String) throws(StorageError) { try hooked.remove(name) }

  public func list(_ directory: String) throws(StorageError) -> [String] { try hooked.list(directory) }

  public func syncDirectory(_ directory: String) throws(StorageError) {
    try hooked.syncDirectory(directory)
  }
}
