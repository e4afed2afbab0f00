import SystemPackage
package import TortureCampaign
package import TortureCore
import TortureViews

/// A scenario for tests of the campaign, whose description is what the worker fixture does.
package func makeScenario(
  _ name: String, _ behaviour: String = "", first: UInt64 = 1, count: Int = 3
) throws -> Scenario {
  try Samples.read(
    """
    name: \(name)
    description: "\(behaviour)"
    segments: [{ name: accounts, length: 8192 }]
    workload: { kind: bank, transactions: 10, objects: 8 }
    seeds: { first: \(first), count: \(count) }
    """)
}

/// Starts the worker fixture, which the build puts beside the tests.
package func fixtureLaunch(_ arguments: [String] = [], caseLimitSeconds: Int = 60) throws -> WorkerLaunch {
  WorkerLaunch(
    executable: try built("worker-fixture"), arguments: arguments, caseLimitSeconds: caseLimitSeconds)
}

/// Starts a worker of the command itself.
package func commandLaunch() throws -> WorkerLaunch {
  WorkerLaunch(executable: try built("lrvm-torture"), arguments: ["worker"])
}

private func built(_ name: String) throws -> FilePath {
  try WorkerLaunch.ownExecutable().executable.removingLastComponent().appending(name)
}

/// Tells a failure as the command does.
package let narrateFailure: FailureNarrator = { FailureStory.lines($0, case: $1, replayLine: $2) }
