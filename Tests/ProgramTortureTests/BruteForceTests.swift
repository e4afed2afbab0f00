import BigInt
import FaultFS
import Foundation
import Testing
import TortureCore

extension ProgramsInThisProcess {
  /// Read-driven exploration of programs beside every crash state, each executed: the same outcomes, as often.
  @Suite struct BruteForceTests {
    /// Points with more states are left out.
    private static let statesMax: BigUInt = 128

    /// How many states were executed one by one, and how many executions stood for them; nil where the program cannot be judged.
    private func compare(_ scenario: Scenario) throws -> (states: BigUInt, executions: Int)? {
      let testCase = Samples.testCase(scenario)
      let recording = Recording(testCase)
      if recording.problem != nil { return nil }
      let judge = Judge(testCase: testCase)
      let window = CrashWindow(over: recording.disk)
      var states: BigUInt = 0
      var executions = 0
      for point in 0...window.lastPoint {
        window.advance(to: point)
        guard let count = window.stateCount(as: BigUInt.self), count <= Self.statesMax else { continue }
        let terms = recording.terms(at: point, in: testCase)
        var expected: [String: BigUInt] = [:]
        window.forEachState { state in
          let outcome = window.withDisk(showing: state) { judge.recover($0, terms, opens: false) }
          expected["\(outcome.prefix ?? -1) \(outcome.violation?.message ?? "")", default: 0] += 1
        }
        var found: [String: BigUInt] = [:]
        let stack = ChoiceStack()
        repeat {
          let outcome = window.withDisk(resolvingBy: stack) { judge.recover($0, terms, opens: false) }
          let covered = try #require(window.resolution.coveredStates(as: BigUInt.self)).untorn
          found["\(outcome.prefix ?? -1) \(outcome.violation?.message ?? "")", default: 0] += covered
          executions += 1
        } while stack.next()
        #expect(stack.divergence == nil)
        #expect(found == expected, "\(scenario.name), crash point \(point)")
        states += count
      }
      return (states, executions)
    }

    @Test(arguments: Samples.Writer.allCases)
    func writersHaveTheOutcomesOfAllStates(_ writer: Samples.Writer) throws {
      let (states, executions) = try #require(try compare(writer.scenario()))
      #expect(states > BigUInt(executions))
    }

    /// The workload makes random calls, and a line acknowledges each of them; the checker prints the tree.
    @Test func randomProgramsHaveTheOutcomesOfAllStates() throws {
      let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("random-calls").path
      var all: (states: BigUInt, executions: Int) = (0, 0)
      for seed in 1...24 {
        // Some change nothing that the checker prints.
        let compared = try compare(
          Samples.scenario(
            setup: "cd $STORE && mkdir d && echo a >a && echo b >d/b",
            workload: "cd $STORE && stdbuf -oL \(program) \(seed) 12", check: "cd $STORE && \(program) 1 0",
            exploration: "exhaustive", recoveryDepth: 0))
        guard let compared else { continue }
        all.states += compared.states
        all.executions += compared.executions
      }
      #expect(all.executions > 100 && all.states > BigUInt(all.executions), "\(all)")
    }
  }
}
