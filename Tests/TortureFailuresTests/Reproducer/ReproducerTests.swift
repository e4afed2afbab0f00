import SystemPackage
import Testing
import TextFiles
import TortureCore
import TortureSamples
import TortureViews

@testable import TortureFailures

@Suite struct ReproducerTests {
  init() { Samples.registerSystems() }

  private func complaint(_ text: String) -> String {
    do {
      return "\(try Reproducer.parse(text, path: "r.json").seed)"
    } catch {
      return "\(error)"
    }
  }

  private func text(_ change: (String) -> String = { $0 }) throws -> String {
    let reproducer = Reproducer(
      scenario: try makeScenario("bank"), seed: .max, finding: makeFinding("bank-1"))
    return change(try reproducer.text())
  }

  @Test func whatIsWrittenIsRead() throws {
    let reproducer = Reproducer(
      scenario: try makeScenario("bank", "why"), seed: .max, finding: makeFinding("bank-1"))
    let text = try reproducer.text()
    #expect(try Reproducer.parse(text, path: "r.json") == reproducer)
    #expect(try Reproducer.parse(text, path: "r.json").text() == text)
    let trap = Finding(
      id: "t", trap: Trap(signal: "SIGILL", message: nil, stack: [makeFrame("f()", "a.swift", 3)]))
    let trapped = Reproducer(scenario: reproducer.scenario, seed: 0, finding: trap)
    #expect(try Reproducer.parse(trapped.text(), path: "r.json") == trapped)
  }

  @Test func whatIsNoReproducerIsSaid() throws {
    #expect(complaint("").contains("'r.json' is not a reproducer: it is not JSON"))
    #expect(complaint("name: bank").contains("it is not JSON"))
    #expect(complaint("[]").contains("is not a reproducer"))
    #expect(complaint("{}").contains("the key 'format' is missing"))
    let other = try text { $0.replacing(Reproducer.format, with: "shopping list") }
    #expect(complaint(other).contains("its format is 'shopping list', expected 'lrvm-torture reproducer'"))
    let newer = try text { $0.replacing("\"version\" : 2", with: "\"version\" : 3") }
    #expect(complaint(newer).contains("is a reproducer of version 3, and this program reads versions 1 to 2"))
    let noSeed = try text { $0.replacing("\"seed\" : 18446744073709551615", with: "\"sead\" : 1") }
    #expect(complaint(noSeed).contains("the key 'seed' is missing"))
    let negative = try text { $0.replacing("\"seed\" : 18446744073709551615", with: "\"seed\" : -1") }
    #expect(complaint(negative).contains("a number in it is out of range"))
  }

  @Test func operationsMakeItVersion2() throws {
    let operations: [TortureCore.Operation] = [
      .begin(client: 0, restore: true), .write(client: 0, segment: 0, offset: 8, bytes: [1, 2]),
      .commit(client: 0, flush: true),
    ]
    let reproducer = Reproducer(
      scenario: try makeScenario("bank"), seed: 5, operations: operations, finding: makeFinding("bank-5"))
    #expect(reproducer.version == 2)
    let text = try reproducer.text()
    #expect(try Reproducer.parse(text, path: "r.json") == reproducer)
    #expect(reproducer.testCase.workload.operations == operations)
    // An older program would overlook them, so the version has to say that they are there.
    let hidden = text.replacing("\"version\" : 2", with: "\"version\" : 1")
    #expect(complaint(hidden).contains("version 1 of a reproducer has no operations"))
    var older = reproducer
    older.withoutOperations()
    #expect(older.version == 1)
    #expect(try Reproducer.parse(older.text(), path: "r.json") == older)
    let missing = try older.text().replacing("\"version\" : 1", with: "\"version\" : 2")
    #expect(complaint(missing).contains("version 2 of a reproducer has operations"))
    let outside = text.replacing("\"offset\" : 8", with: "\"offset\" : 8191")
    #expect(complaint(outside).contains("operation 2"))
  }

  /// It does not hang on what the generators draw: the operations are in it.
  @Test func theOperationsAreInEachNewReproducer() throws {
    let scenario = try makeScenario("bank")
    let reproducer = Reproducer(scenario: scenario, seed: 7, finding: makeFinding("bank-7"))
    #expect(reproducer.version == 2)
    #expect(reproducer.operations == Workload(scenario: scenario, seed: 7).operations)
    // Where drawing them is what trapped, it would trap again.
    let drawing = StackFrame(
      function: "g()", file: "Sources/TortureCore/Workload/WorkloadGenerator.swift", line: 40, layer: .harness
    )
    let store = makeFrame("f()", "Sources/LRVM/API/RVM.swift", 3)
    var trap = Trap(signal: "SIGILL", message: nil, stack: [store, drawing])
    #expect(Reproducer(scenario: scenario, seed: 7, finding: Finding(id: "t", trap: trap)).version == 2)
    trap.stack = [drawing]
    #expect(Reproducer(scenario: scenario, seed: 7, finding: Finding(id: "t", trap: trap)).version == 1)
  }

  /// What is newer than the reproducer has its default, but for faults and work after a recovery: it had none.
  @Test func keysThatAnOldReproducerLacksHaveTheirDefaults() throws {
    let reproducer = Reproducer(scenario: try makeScenario("bank"), seed: 1, finding: makeFinding("bank-1"))
    guard case .object(var fields) = try JSONValue(reproducer),
      case .object(var scenario)? = fields["scenario"],
      case .object(var finding)? = fields["finding"], case .object(var crash)? = scenario["crash"]
    else {
      Issue.record("a reproducer has other parts")
      return
    }
    scenario["faults"] = nil
    crash["exploration"] = nil
    crash["goes_on_transactions"] = nil
    scenario["crash"] = .object(crash)
    finding["faults"] = nil
    fields["scenario"] = .object(scenario)
    fields["finding"] = .object(finding)
    #expect(try Reproducer.parse(JSONText.line(fields), path: "r.json") == reproducer)
  }

  @Test func aSystemOrAnOptionThatIsGoneIsSaid() throws {
    let gone = try text { $0.replacing("\"name\" : \"lrvm\"", with: "\"name\" : \"lsm\"") }
    #expect(complaint(gone).contains("no longer applies"))
    #expect(complaint(gone).contains("lsm"))
    let option = try text { $0.replacing("\"spool_limit\"", with: "\"spool_max\"") }
    #expect(complaint(option).contains("no longer applies: its scenario is not one that this program knows"))
    #expect(complaint(option).contains("spool_max"))
  }

  @Test func aScenarioThatNoFileCouldSayIsRefused() throws {
    let impossible = try text { $0.replacing("\"transactions\" : 10", with: "\"transactions\" : -10") }
    #expect(complaint(impossible).contains("-10"))
  }

  @Test func everyTruncationIsRefusedAndNoneTraps() throws {
    let text = try text()
    for length in stride(from: 0, to: text.count - 2, by: 7) {
      #expect(complaint(String(text.prefix(length))).contains("is not a reproducer"))
    }
  }

  @Test func aFileThatCannotBeReadIsNamed() throws {
    let folder = try TestFolder()
    // A folder stands for the reproducer in it.
    let empty = folder.path.string
    for (path, named) in [
      (folder.appending("missing.json"), folder.appending("missing.json")),
      (empty, "\(empty)/reproducer.json"),
    ] {
      #expect(throws: ReproducerError.self) { try Reproducer.read(path) }
      do {
        _ = try Reproducer.read(path)
      } catch {
        #expect("\(error)".hasPrefix("cannot read the reproducer '\(named)': "))
      }
    }
  }

  /// The folder of a failure stands for the smallest reproducer in it.
  @Test func aFolderStandsForItsSmallestReproducer() throws {
    let folder = try TestFolder()
    let path = folder.path.string
    try FileTree.replace(folder.path.appending("reproducer.json"), with: "{}")
    #expect(Reproducer.file(path) == "\(path)/reproducer.json")
    try FileTree.replace(folder.path.appending("reproducer.shrunk.json"), with: "{}")
    #expect(Reproducer.file(path) == "\(path)/reproducer.shrunk.json")
    #expect(Reproducer.file("\(path)/other.json") == "\(path)/other.json")
  }
}

extension Reproducer {
  /// As a program wrote it that knew version 1 only.
  fileprivate mutating func withoutOperations() {
    self = Reproducer(
      scenario: scenario, seed: seed,
      finding: Finding(
        id: "drawing",
        trap: Trap(
          signal: "SIGILL", message: nil,
          stack: [StackFrame(function: "f()", file: nil, line: nil, layer: .harness)])))
  }
}
