import Foundation
import Testing

/// What stands on what, as ARCHITECTURE.md draws it: held against the manifest and against every import.
@Suite struct ImportTests {
  /// The targets with Swift code, from the lowest floor to the highest. One may know those of lower floors only, so those
  /// of one floor are strangers.
  private static let floors = [
    ["SeededRandom", "Storage", "CallStack", "RecoverableHeap", "Threads"],
    ["TextFiles", "PersistentMemory", "StorageConformance", "ThreadSchedules"],
    ["FaultFS", "LRVM", "Vista", "PersistentMemoryConformance"],
    ["TortureCore", "FaultMount", "LRVMHeap"],
    ["TortureFailures", "KernelDisk"],
    ["TortureCampaign", "KernelLitmus"],
    ["TortureViews"],
    ["TortureTool"],
    ["LRVMTorture", "VistaTorture", "SQLiteStore", "ProgramTorture"],
    ["lrvm-torture", "lrvm-kill-check", "litmus"],
  ]
  private static let harness = [
    "SeededRandom", "TextFiles", "ThreadSchedules", "TortureCore", "TortureFailures", "TortureCampaign",
    "TortureViews",
    "TortureTool",
  ]
  private static let engines = ["LRVM", "LRVMHeap", "Vista"]

  private static func floor(of target: String) -> Int? { floors.firstIndex { $0.contains(target) } }

  /// Our own targets with Swift code.
  private static func targets() throws -> [String] {
    try FileManager.default.contentsOfDirectory(
      atPath: Document.package.appending(path: "Sources").path
    ).filter { !(try swiftFiles($0).isEmpty) }.sorted()
  }

  private static func swiftFiles(_ target: String) throws -> [String] {
    let root = Document.package.appending(path: "Sources/\(target)").path
    return try FileManager.default.subpathsOfDirectory(atPath: root).filter { $0.hasSuffix(".swift") }
      .map { "Sources/\(target)/\($0)" }.sorted()
  }

  /// What is wrong with `target` knowing `other`; nil for nothing.
  private static func problem(_ target: String, _ other: String) -> String? {
    guard let floor = floor(of: target), let below = self.floor(of: other) else {
      return "\(target) or \(other) has no floor here"
    }
    if harness.contains(target) && engines.contains(other) { return "\(target) knows the engine \(other)" }
    return below < floor ? nil : "\(target) knows \(other), which does not stand below it"
  }

  @Test func theRulesRefuseWhatPointsUpOrAside() {
    for (target, other) in [
      ("TortureCore", "TortureFailures"), ("Storage", "FaultFS"), ("LRVM", "FaultFS"), ("FaultFS", "LRVM"),
      ("TortureCore", "LRVM"), ("TortureTool", "LRVMTorture"), ("SQLiteStore", "LRVMTorture"),
      ("TortureViews", "lrvm-torture"), ("Vista", "FaultFS"), ("Storage", "Unknown"),
    ] {
      #expect(Self.problem(target, other) != nil, "\(target) \(other)")
    }
    #expect(Self.problem("TortureCore", "FaultFS") == nil && Self.problem("LRVMTorture", "LRVM") == nil)
  }

  @Test func noTargetImportsUpwards() throws {
    let targets = try Self.targets()
    #expect(targets == Self.floors.flatMap(\.self).sorted())
    var checked = 0
    for target in targets {
      for file in try Self.swiftFiles(target) {
        let text = try Document(file).text
        for line in text.matches(of: /(?m)^(?:@\w+ )?(?:public |package |internal )?import (?:\w+ )?(\w+)/) {
          let other = String(line.output.1)
          guard other != target, targets.contains(other) else { continue }
          checked += 1
          let problem = Self.problem(target, other)
          #expect(problem == nil, "\(file): \(problem ?? "")")
        }
      }
    }
    #expect(checked > 300)
  }

  @Test func theManifestAllowsNoneEither() throws {
    let targets = try Self.targets()
    let manifest = try Document("Package.swift").text
    var checked = 0
    for match in manifest.matches(of: /name: "([^"]+)",\s*dependencies: \[((?:[^\[\]]|\[[^\[\]]*\])*)\]/) {
      let target = String(match.output.1)
      for name in match.output.2.matches(of: /"([^"]+)"/) {
        let other = String(name.output.1)
        guard targets.contains(target), targets.contains(other) else { continue }
        checked += 1
        let problem = Self.problem(target, other)
        #expect(problem == nil, "\(problem ?? "")")
      }
    }
    #expect(checked > 40)
  }

  /// The harness knows no engine, not even in a comment.
  @Test(arguments: harness) func theHarnessNamesNoEngine(target: String) throws {
    let root = Document.package.appending(path: "Sources/\(target)").path
    let files = try FileManager.default.subpathsOfDirectory(atPath: root).filter {
      $0.hasSuffix(".swift") || $0.hasSuffix(".md")
    }
    #expect(!files.isEmpty)
    for file in files {
      #expect(
        !(try Document("Sources/\(target)/\(file)").text.contains(/LRVM|Vista/)), "Sources/\(target)/\(file)")
    }
  }
}
