import ProgramTorture
import Testing
import TortureCore

@Suite struct ProgramScenarioTests {
  private func problems(_ text: String) -> [String] {
    do {
      _ = try ScenarioReader.read(Array(text.utf8), file: "sample", systems: Samples.systems)
      return []
    } catch {
      return error.problems.map { "\($0.line): \($0.message)" }
    }
  }

  @Test func theSectionNamesTheSystem() throws {
    let scenario = try Samples.scenario(workload: "a", check: "b")
    #expect(scenario.system.name == "program")
    #expect(scenario.section("program").text("workload") == "a")
    #expect(scenario.section("program").text("promise") == "durable")
    #expect(scenario.segments.isEmpty)
  }

  @Test func badFilesAreRefusedAtTheirLines() {
    #expect(
      problems("name: a\nprogram:\n  workload: b\n").first?.contains("missing key 'check' in program") == true
    )
    #expect(
      problems("name: a\nprogram:\n  workload: b\n  check: c\n  promise: never\n").first?
        .hasPrefix("5: program.promise: expected one of durable, prefix, checked") == true)
    #expect(
      problems("name: a\nprogram: {workload: b, check: c}\nsegments: []\n").first?
        .hasPrefix("3: unknown key 'segments'") == true)
    #expect(problems("name: a\nprogram: {workload: b, check: c}\nfaults: {kinds: [write-error]}\n").isEmpty)
    #expect(problems("name: a\nsystem: {name: program}\n").first?.contains("missing key 'program'") == true)
  }

  @Test func theSchemaAsksForOneOrTheOther() {
    let schema = ScenarioSchema.text(systems: Samples.systems)
    #expect(schema.contains("\"program\""))
    #expect(schema.contains("three lines for /bin/sh"))
  }
}
