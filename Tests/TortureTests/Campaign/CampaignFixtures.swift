import FaultFS
import Glibc
import Synchronization
import SystemPackage
import Testing

@testable import Torture

/// A scenario for tests of the campaign, whose description tells the worker fixture what to do.
func makeScenario(_ name: String, _ behaviour: String = "", first: UInt64 = 1, count: Int = 3) throws
  -> Scenario
{
  let text = """
    name: \(name)
    description: "\(behaviour)"
    segments: [{ name: accounts, length: 8192 }]
    workload: { kind: bank, transactions: 10, objects: 8 }
    seeds: { first: \(first), count: \(count) }
    """
  return try ScenarioReader.read(Array(text.utf8), file: "\(name).yaml")
}

/// A folder for one test, removed when the test lets it go.
final class TestFolder {
  let path: FilePath

  init() throws {
    path = try WorkerFolder().path
  }

  deinit { try? FileTree.remove(path) }

  func appending(_ name: String) -> String { path.appending(name).string }

  func read(_ name: String) throws -> String { try TextFile.read(path.appending(name)) }
}

/// What a console was told.
final class Recording: Sendable {
  private let texts = Mutex((output: "", status: ""))

  var console: Console {
    Console(
      write: { text in self.texts.withLock { $0.output += text } },
      writeStatus: { text in self.texts.withLock { $0.status += text } })
  }

  var output: String { texts.withLock { $0.output } }
  var status: String { texts.withLock { $0.status } }
  var lines: [String] { output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }
}

/// Starts the worker fixture, which the build puts beside the tests.
func fixtureLaunch(_ arguments: [String] = [], caseLimitSeconds: Int = 60) throws -> WorkerLaunch {
  let own = try WorkerLaunch.ownExecutable().executable
  return WorkerLaunch(
    executable: own.removingLastComponent().appending("worker-fixture"), arguments: arguments,
    caseLimitSeconds: caseLimitSeconds)
}

/// A finding for tests of the report.
func makeFinding(_ id: String) -> Finding {
  Finding(
    id: id, violation: Violation(.lostCommit, "Transaction 3 is missing.", transaction: 3),
    crashes: [CrashState(point: 17), CrashState(point: 2)],
    crashStory: ["the write of 512 bytes to 'log' is lost"], strategy: "one-lost", afterCrashStates: 37)
}
