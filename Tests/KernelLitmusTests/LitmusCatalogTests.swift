import FaultFS
import Foundation
import Testing

@testable import KernelLitmus

/// The catalog of litmus tests, and what FaultFS makes of them.
@Suite(.serialized) struct LitmusCatalogTests {
  @Test func eachTestCanBeRunOnFaultFS() throws {
    let stage = try Litmus.stage()
    let tests = try LitmusCatalog(file: Litmus.catalogPath).tests
    #expect(tests.count >= 40)
    for test in tests {
      #expect(!test.about.isEmpty, "\(test.name)")
      let allowed = try stage.allowedOutcomes(of: test, under: .ext4Ordered)
      #expect(allowed.errors.isEmpty, "\(test.name): \(allowed.errors)")
      #expect(allowed.boundedPointCount == 0, "\(test.name)")
      // Something is allowed after each number of calls.
      #expect(allowed.set.outcomes.count == test.calls.count + 1, "\(test.name)")
      #expect(allowed.set.outcomes.allSatisfy { !$0.isEmpty }, "\(test.name): \(allowed.set.outcomes)")
    }
  }

  @Test func aBadCatalogIsRefusedByItsName() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).yaml").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    for (text, part) in [
      ("- {name: a, about: b}", "calls"), ("- {name: a, about: b, calls: []}", "'a' has no calls"),
      (
        "[{name: a, about: b, calls: [create f]}, {name: a, about: b, calls: [create f]}]",
        "two tests are named 'a'"
      ),
      ("name: a", "not a list"),
    ] {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      let problem = #expect(throws: LitmusCatalog.Problem.self) { try LitmusCatalog(file: path) }
      #expect(
        problem?.description.contains(path) == true && problem?.description.contains(part) == true, "\(text)")
    }
    #expect(throws: LitmusCatalog.Problem.self) { try LitmusCatalog(file: "\(path)-missing") }
  }

  @Test func whatIsAllowedIsWhatTheModelSays() throws {
    let stage = try Litmus.stage()
    let test = LitmusTest(
      "append", setup: ["create f", "write f 0 4096 a", "fsync f", "fsync ."],
      calls: ["append f 4096 b", "fsync f"])
    let old = "f 4096 a4096"
    let new = "f 8192 a4096 b4096"
    let zeros = "f 8192 a4096 .4096"
    let xfs = try stage.allowedOutcomes(of: test, under: .xfs).set.outcomes
    #expect(xfs == [[old, new], [old, new], [new]])
    let ext4 = try stage.allowedOutcomes(of: test, under: .ext4Ordered).set.outcomes
    #expect(ext4 == [[old, zeros, new], [old, zeros, new], [new]])
  }

  @Test func aCallThatIsNoneIsNamed() throws {
    let stage = try Litmus.stage()
    let test = LitmusTest("wrong", calls: ["create f", "wrte f 0 1 a"])
    let problem = #expect(throws: KernelStage.Problem.self) {
      try stage.allowedOutcomes(of: test, under: .posix)
    }
    #expect(problem?.description.contains("'wrte f 0 1 a'") == true)
  }

  @Test func theKernelMayComeInBetweenEverywhere() {
    let test = LitmusTest("two", setup: ["create f"], calls: ["create g", "append g 1 a", "fsync g"])
    let all = test.interferences.map(\.description)
    #expect(
      all == [
        "no drain", "drain-data after call 1", "drain-data-reversed after call 1",
        "drain-metadata after call 1",
        "drain-all after call 1", "drain-data after call 2", "drain-data-reversed after call 2",
        "drain-metadata after call 2", "drain-all after call 2",
      ])
    #expect(
      test.script(with: .init(callCount: 2, drain: .data)) == [
        "create f", "drain-all", "begin", "create g", "append g 1 a", "drain-data", "fsync g", "drain-all",
        "end",
      ])
  }
}
