internal import Synchronization

/// The systems under test that a program knows, by the names that scenarios call them.
public struct Systems: Sendable {
  private let systems: [(name: String, system: any SystemUnderTest.Type)]

  /// The given systems, at least one. The first is that of a scenario which names none.
  ///
  /// Traps where two have one name, a name is none (lower-case letters, digits and `-`), or a system declares two
  /// options of one name.
  public init(_ systems: KeyValuePairs<String, any SystemUnderTest.Type>) {
    guard !systems.isEmpty else { fatalError("a program without a system under test has nothing to torture") }
    var all: [(name: String, system: any SystemUnderTest.Type)] = []
    for (name, system) in systems {
      let rule = TextRule.scenarioName
      guard rule.length.contains(name.unicodeScalars.count), name.unicodeScalars.allSatisfy(rule.allows)
      else {
        fatalError("a system cannot be named '\(name)': expected 1 to 64 \(rule.characters)")
      }
      guard !all.contains(where: { $0.name == name }) else {
        fatalError("there is more than one system named '\(name)'; give each a name of its own")
      }
      let options = system.options.map(\.key.name)
      guard Set(options).count == options.count else {
        fatalError("the system '\(name)' declares an option twice: \(options)")
      }
      all.append((name, system))
    }
    self.systems = all
  }

  /// The names, in the order in which they were given.
  public var names: [String] { systems.map(\.name) }

  /// The name of the system of a scenario that names none.
  public var standard: String { systems[0].name }

  /// The system of that name; nil where there is none.
  public subscript(name: String) -> (any SystemUnderTest.Type)? {
    systems.first { $0.name == name }?.system
  }

  // MARK: This program's

  private static let registered = Mutex<Systems?>(nil)

  /// Those that this program registered; traps where it has not.
  public static var known: Systems {
    guard let systems = registered.withLock({ $0 }) else {
      fatalError("no system under test is registered; call Systems.register first")
    }
    return systems
  }

  /// Makes `systems` those of this program. To be called before anything is read or run; a worker is the same program
  /// and does the same.
  public static func register(_ systems: KeyValuePairs<String, any SystemUnderTest.Type>) {
    let new = Systems(systems)
    registered.withLock { $0 = new }
  }
}
