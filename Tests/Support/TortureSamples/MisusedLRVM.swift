package import LRVMTorture
package import Storage
package import TortureCore

/// LRVM in the hands of an application that is wrong about it.
package final class MisusedLRVM<Misuse: MisuseOfLRVM>: SystemUnderTest {
  private let inner: LRVMSystem

  init(_ inner: LRVMSystem) { self.inner = inner }

  package static func traits(for scenario: Scenario) -> SystemTraits {
    Misuse.traits(LRVMSystem.traits(for: scenario))
  }

  package static func create(on storage: any Storage, for scenario: Scenario) throws {
    try LRVMSystem.create(on: storage, for: scenario)
  }

  package static func open(on storage: any Storage, for scenario: Scenario) throws -> MisusedLRVM {
    MisusedLRVM(try LRVMSystem.open(on: storage, for: scenario))
  }

  package func perform(_ operation: Operation) throws { try Misuse.perform(operation, on: inner) }
  package func step() throws { try inner.step() }
  package func close() throws { try inner.close() }
  package func readSegments(_ body: (_ segment: Int, _ bytes: RawSpan) -> Void) { inner.readSegments(body) }
  package var marks: [String: Int] { inner.marks }
}

package protocol MisuseOfLRVM {
  static func traits(_ traits: SystemTraits) -> SystemTraits
  static func perform(_ operation: Operation, on system: LRVMSystem) throws
}

extension MisuseOfLRVM {
  package static func traits(_ traits: SystemTraits) -> SystemTraits { traits }
  package static func perform(_ operation: Operation, on system: LRVMSystem) throws {
    try system.perform(operation)
  }
}

/// Takes an error for a success.
package enum Swallowing: MisuseOfLRVM {
  package static func perform(_ operation: Operation, on system: LRVMSystem) throws {
    switch operation {
    case .commit, .flush: try? system.perform(operation)
    default: try system.perform(operation)
    }
  }
}

/// Reports a failed commit, and then says that all is durable.
package enum Retrying: MisuseOfLRVM {
  package static func perform(_ operation: Operation, on system: LRVMSystem) throws {
    if case .flush = operation { try? system.perform(operation) } else { try system.perform(operation) }
  }
}

/// Claims that every byte of the segments is checked.
package enum Strict: MisuseOfLRVM {
  package static func traits(_ traits: SystemTraits) -> SystemTraits {
    var traits = traits
    traits.uncheckedFiles = []
    return traits
  }
}
