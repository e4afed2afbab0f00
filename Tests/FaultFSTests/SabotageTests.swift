@testable import FaultFS
import Storage
import StorageConformance
import Testing

@Suite struct SabotageTests {
  @Test(arguments: StorageConformance.checks + StorageConformance.subdirectoryChecks)
  func withoutRulesItConforms(_ check: StorageConformance.Check) throws {
    try check.run(on: SabotagedStorage(FaultDisk(), rules: []))
  }

  private func kinds(_ rules: [SabotageRule]) throws -> (kinds: [FaultFS.Operation.Kind], matches: [Int]) {
    let disk = FaultDisk()
    let storage = SabotagedStorage(disk, rules: rules)
    let log = try storage.open("main.log", .createNew)
    let segment = try storage.open("data/one.seg", .createNew)
    try log.write([1], at: 0)
    try segment.write([2], at: 0)
    try log.sync(.data)
    try segment.sync(.full)
    try log.sync(.full)
    try storage.rename("main.log", to: "old.log")
    try storage.syncDirectory("")
    try storage.syncDirectory("data")
    return (disk.timeline.operations.map(\.kind), storage.matches)
  }

  @Test func tellsOfEachCallThatIsDropped() throws {
    let storage = SabotagedStorage(
      FaultDisk(),
      rules: [SabotageRule(drop: .sync, file: "a"), SabotageRule(drop: .rename, file: "b", onlyCall: 2)])
    var told: [String] = []
    storage.onDrop = { call, name in told.append("\(call.rawValue) \(name)") }
    let file = try storage.open("a", .createNew)
    try file.sync(.data)
    try file.write([1], at: 0)
    try storage.rename("a", to: "b")
    try storage.rename("b", to: "a")
    try file.sync(.full)
    #expect(told == ["sync a", "rename b", "sync a"])
  }

  @Test func dropsWhatItsRulesName() throws {
    let all: [FaultFS.Operation.Kind] = [
      .create, .create, .write, .write, .syncData, .syncFull, .syncFull, .rename, .syncDirectory,
      .syncDirectory,
    ]
    func without(_ places: Int...) -> [FaultFS.Operation.Kind] {
      all.indices.filter { !places.contains($0) }.map { all[$0] }
    }
    #expect(try kinds([]).kinds == all)
    #expect(try kinds([SabotageRule(drop: .sync, file: "*.log")]).kinds == without(4, 6))
    #expect(try kinds([SabotageRule(drop: .sync, file: "*")]).kinds == without(4, 5, 6))
    #expect(try kinds([SabotageRule(drop: .sync, file: "*", syncKind: .data)]).kinds == without(4))
    #expect(try kinds([SabotageRule(drop: .sync, file: "*", syncKind: .full)]).kinds == without(5, 6))
    #expect(try kinds([SabotageRule(drop: .write, file: "data/*.seg")]).kinds == without(3))
    #expect(try kinds([SabotageRule(drop: .rename, file: "old.log")]).kinds == without(7))
    #expect(try kinds([SabotageRule(drop: .syncDirectory, file: "")]).kinds == without(8))
    #expect(try kinds([SabotageRule(drop: .syncDirectory, file: "*")]).kinds == without(8, 9))
    let second = try kinds([SabotageRule(drop: .sync, file: "*", onlyCall: 2)])
    #expect(second.kinds == without(5))
    #expect(second.matches == [3])
    let two = try kinds([
      SabotageRule(drop: .sync, file: "nothing"), SabotageRule(drop: .write, file: "????.log"),
    ])
    #expect(two.kinds == without(2))
    #expect(two.matches == [0, 1])
  }

  @Test func patternsMatchWholeNames() throws {
    for (pattern, name, matches) in [
      ("*", "", true), ("*", "a/b", true), ("", "", true), ("", "a", false), ("a", "a", true),
      ("a", "ab", false),
      ("*.seg", "one.seg", true), ("*.seg", "one.segment", false), ("*a*b", "xaxxb", true),
      ("*a*b", "xaxxbc", false),
      ("a*b*c", "abbbc", true), ("a?c", "abc", true), ("a?c", "ac", false), ("**", "x", true),
    ] {
      let disk = FaultDisk()
      guard !name.isEmpty else {
        let storage = SabotagedStorage(disk, rules: [SabotageRule(drop: .syncDirectory, file: pattern)])
        try storage.syncDirectory(name)
        #expect((disk.timeline.operationCount == 0) == matches, "\(pattern) and '\(name)'")
        continue
      }
      let storage = SabotagedStorage(disk, rules: [SabotageRule(drop: .write, file: pattern)])
      let file = try storage.open(name, .createNew)
      try file.write([1], at: 0)
      #expect((try file.size() == 0) == matches, "\(pattern) and '\(name)'")
    }
  }

  @Test func rulesSurviveCoding() throws {
    let rule = SabotageRule(drop: .sync, file: "*.log", syncKind: .data, onlyCall: 3)
    #expect(try recoded(rule) == rule)
  }

  @Test func patternsMatchNames() {
    func matches(_ pattern: String, _ name: String) -> Bool {
      NamePattern.matches(pattern, name)
    }
    #expect(matches("log", "log"))
    #expect(!matches("log", "log2"))
    #expect(matches("*.seg", "a.seg"))
    #expect(matches("*.seg", ".seg.seg"))
    #expect(!matches("*.seg", "a.segs"))
    #expect(matches("*", ""))
    #expect(matches("a*b*c", "abbbc"))
    #expect(matches("a*b*c", "abcbc"))
    #expect(!matches("a*b*c", "acb"))
    // A pattern that would take exponential time if stars were tried one within another.
    #expect(!matches(String(repeating: "*a", count: 30) + "b", String(repeating: "a", count: 5000)))
  }
}
