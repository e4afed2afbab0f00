import FaultFS
import Testing

@testable import Vista

/// Every crash of small scripts, on memory of each kind.
@Suite struct CrashTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var steps: [Script.Step]
  }

  static let cases: [Case] = [
    Case(
      testDescription: "overlapping ranges",
      steps: [
        .begin(0), .write(0, at: 8, length: 16, value: 1), .commit(0),
        .begin(0), .write(0, at: 8, length: 8, value: 2), .write(0, at: 8, length: 16, value: 3),
        .write(0, at: 100, length: 3, value: 4),
      ]),
    Case(
      testDescription: "an abort, and nothing, in the slot of a commit",
      steps: [
        .begin(0), .write(0, at: 0, length: 8, value: 1), .commit(0),
        .begin(0), .write(0, at: 0, length: 8, value: 2), .abort(0),
        .begin(0), .commit(0),
        .begin(0), .write(0, at: 64, length: 8, value: 3), .commit(0),
      ]),
    Case(
      testDescription: "two at a time",
      steps: [
        .begin(0), .begin(1), .write(0, at: 0, length: 8, value: 1), .write(1, at: 256, length: 8, value: 2),
        .commit(1), .write(0, at: 512, length: 8, value: 3), .begin(1),
        .write(1, at: 256, length: 8, value: 4),
        .commit(0),
      ]),
    Case(
      testDescription: "reopened",
      steps: [
        .begin(0), .write(0, at: 0, length: 8, value: 1), .commit(0), .reopen,
        .begin(0), .write(0, at: 0, length: 8, value: 2), .commit(0),
      ]),
    Case(
      testDescription: "a range across lines, at no multiple of 8",
      steps: [
        .begin(0), .write(0, at: 60, length: 13, value: 1), .commit(0),
        .begin(0), .write(0, at: 63, length: 3, value: 2), .commit(0),
      ]),
  ]

  @Test(arguments: cases, [Profile.rio, .adr, .adrTorn])
  func noCrashLosesACommitOrKeepsHalfOfOne(_ testCase: Case, _ profile: Profile) throws {
    let disk = FaultDisk(profile: profile)
    let promises = try Script(steps: testCase.steps).run(on: disk)
    let exploration = try CrashExploration.run(disk, promises) { try Script.Session($0).image }
    #expect(exploration.points > testCase.steps.count)
    #expect(exploration.executions[1] > exploration.executions[0])
    if profile == .rio {
      // A store in flight is there or not; all others are.
      #expect(exploration.executionsAtOnePointMax <= 2)
    }
  }

  /// What read-driven exploration finds is what all crash states, each by itself, lead to.
  @Test(arguments: [Profile.rio, .adr, .adrTorn])
  func readDrivenExplorationMeetsTheOutcomesOfAllStates(_ profile: Profile) throws {
    let script = Script(steps: [
      .begin(0), .write(0, at: 60, length: 8, value: 1), .commit(0), .begin(0),
      .write(0, at: 62, length: 4, value: 2),
    ])
    let disk = FaultDisk(profile: profile)
    let created = try script.run(on: disk)[0].returned
    let window = CrashWindow(over: disk)
    for point in created...window.lastPoint {
      window.advance(to: point)
      var outcomes: Set<[UInt8]> = []
      var states: UInt64 = 0
      try window.forEachState { state in
        states += 1
        outcomes.insert(try window.withDisk(showing: state) { try Script.Session($0).image })
      }
      var found: Set<[UInt8]> = []
      var covered: UInt64 = 0
      let choices = DepthFirstChoices()
      repeat {
        choices.restart()
        try window.withDisk(resolvingBy: choices) { disk in
          found.insert(try Script.Session(disk).image)
          covered += try #require(window.resolution.coveredStates())
        }
      } while choices.next()
      #expect(found == outcomes, "at \(point)")
      #expect(covered == states, "at \(point)")
      #expect(window.stateCount() == states)
    }
  }

  /// A creation that is cut off leaves a log and a segment that are whole, or none; creating again completes it.
  @Test(arguments: [Profile.rio, .adr]) func aCreationThatIsCutOffCanBeRepeated(_ profile: Profile) throws {
    let disk = FaultDisk(profile: profile)
    try Script.create(on: disk)
    let window = CrashWindow(over: disk)
    var outcomes = 0
    for point in 0...window.lastPoint {
      window.advance(to: point)
      let choices = DepthFirstChoices()
      repeat {
        choices.restart()
        try window.withDisk(resolvingBy: choices) { disk in
          let names = try disk.list("")
          if !names.contains(Script.log) { try Vista.createLog(Script.log, length: 160 << 10, on: disk) }
          if !names.contains(Script.segment) {
            try Vista.createSegment(Script.segment, length: Script.length, on: disk)
          }
          #expect(try Script.Session(disk).image == [UInt8](repeating: 0, count: Script.length))
          outcomes += 1
        }
      } while choices.next()
    }
    #expect(outcomes > window.lastPoint)
  }
}
