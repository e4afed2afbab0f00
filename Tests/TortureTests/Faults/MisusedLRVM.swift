import Storage

@testable import Torture

/// LRVM in the hands of an application that is wrong about it.
final class MisusedLRVM<Misuse: MisuseOfLRVM>: SystemUnderTest {
  private let inner: LRVMSystem

  init(_ inner: LRVMSystem) { self.inner = inner }

  static func traits(for scenario: Scenario) -> SystemTraits {
    Misuse.traits(LRVMSystem.traits(for: scenario))
  }

  static func create(on storage: any Storage, for scenario: Scenario) throws {
    try LRVMSystem.create(on: storage, for: scenario)
  }

  static func open(on storage: any Storage, for scenario: Scenario) throws -> MisusedLRVM {
    MisusedLRVM(try LRVMSystem.open(on: storage, for: scenario))
  }

  func perform(_ operation: Torture.Operation) throws { try Misuse.perform(operation, on: inner) }
  func step() throws { try inner.step() }
  func close() throws { try inner.close() }
  func readSegments(_ body: (_ segment: Int, _ bytes: RawSpan) -> Void) { inner.readSegments(body) }
  var marks: [String: Int] { inner.marks }
}

protocol MisuseOfLRVM {
  static func traits(_ traits: SystemTraits) -> SystemTraits
  static func perform(_ operation: Torture.Operation, on system: LRVMSystem) throws
}

extension MisuseOfLRVM {
  static func traits(_ traits: SystemTraits) -> SystemTraits { traits }
  static func perform(_ operation: Torture.Operation, on system: LRVMSystem) throws {
    try system.perform(operation)
  }
}

/// Takes an error for a success.
enum Swallowing: MisuseOfLRVM {
  static func perform(_ operation: Torture.Operation, on system: LRVMSystem) throws {
    switch operation {
    case .commit, .flush: try? system.perform(operation)
    default: try system.perform(operation)
    }
  }
}

/// Reports a failed commit, and then says that all is durable.
enum Retrying: MisuseOfLRVM {
  static func perform(_ operation: Torture.Operation, on system: LRVMSystem) throws {
    if case .flush = operation { try? system.perform(operation) } else { try system.perform(operation) }
  }
}

/// Claims that every byte of the segments is checked.
enum Strict: MisuseOfLRVM {
  static func traits(_ traits: SystemTraits) -> SystemTraits {
    var traits = traits
    traits.uncheckedFiles = []
    return traits
  }
}
