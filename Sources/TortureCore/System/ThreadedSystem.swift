package import Storage
package import Threads

/// A store whose clients may be threads, and which may have threads of its own.
///
/// The harness runs it under a scheduler that lets one thread go on at a time (`ThreadScheduler`): all that the store's threads wait for goes
/// through that. Recovery after a crash is on one thread, without a scheduler, by `SystemUnderTest.open`.
///
/// Threading: `open` and `client` on one thread; each client on a thread of its own.
package protocol ThreadedSystem: SystemUnderTest {
  /// Opens as `open(on:for:)` does, as users do: with the threads that the store has in production.
  static func open(
    on storage: any Storage, for scenario: Scenario, scheduler: any ThreadScheduler
  ) throws -> Self

  /// The client of a number, from 0; each is asked for once.
  func client(_ number: Int) throws -> any ThreadedClient
}

/// A client of a store, on a thread of its own.
package protocol ThreadedClient: AnyObject {
  /// Runs one operation of this client, other than `reopen`.
  ///
  /// - Parameter number: 0; a commit sets it to its place in the order in which the store makes its commits: a number above that of
  ///   each commit before it, and at least that of each where it changed nothing. One that fails sets it if the store may keep it all the same.
  func perform(_ operation: Operation, number: inout UInt64) throws

  /// The thread ends, maybe in the middle of its operations: gives back what other threads would wait for.
  func leave()
}

extension ThreadedClient {
  package func leave() {}
}
