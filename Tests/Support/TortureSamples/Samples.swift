package import Foundation
import LRVMTorture
import SQLiteStore
package import TortureCore
import VistaTorture

/// Scenarios for tests. LRVM is the system of those that name none.
package enum Samples {
  /// Makes the systems of the shipped command those of the tests' process, once.
  private static let registration: Void = Systems.register([
    "lrvm": LRVMSystem.self, "vista": VistaSystem.self, "vista-heap": VistaHeapSystem.self,
    "sqlite": SQLiteSystem.self,
    "sound": RecordStore.self, "unsynced": UnsyncedStore.self, "half-record": HalfRecordStore.self,
    "two-logs": TwoLogStore.self, "file-end": FileEndStore.self, "journal": JournalStore.self,
    "spill": SpillStore.self, "group": GroupStore.self, "believing": BelievingStore.self,
    "cautious": CautiousStore.self,
  ])

  /// To be called by a test that has scenarios read other than by the functions here.
  package static func registerSystems() { registration }

  package static let small = """
    name: small
    segments:
      - {name: data.seg, length: 8192}
    workload:
      kind: bytes

    """

  /// The scenario that the text says; where it says nothing of them, without faults and without work after a recovery, which
  /// most tests do not look at.
  package static func read(_ text: String) throws(ScenarioProblems) -> Scenario {
    registerSystems()
    var scenario = try ScenarioReader.read(Array(text.utf8), file: "s.yaml")
    if !text.contains("faults:") { scenario.faults = .none }
    if !text.contains("goes_on_transactions:") { scenario.crash.goesOnTransactions = 0 }
    return scenario
  }

  /// The scenario in the file at `path`.
  package static func load(_ path: String) throws(ScenarioProblems) -> Scenario {
    registerSystems()
    return try ScenarioReader.load(path)
  }

  /// What is wrong with the text, a line for each problem.
  package static func problems(_ text: String) -> [String] {
    do {
      _ = try read(text)
      return []
    } catch {
      return error.problems.map(\.description)
    }
  }

  /// A scenario for a workload, with the segments that it needs.
  package static func scenario(
    _ kind: WorkloadOptions.Kind, clients: Int = 1, transactions: Int = 40, objects: Int = 24,
    recordSectors: Int = 16, rangeLengthMax: Int = 200
  ) throws -> Scenario {
    let hasTwo = kind == .inodes || kind == .bytes || kind == .bank
    return try read(
      """
      name: \(kind.rawValue)
      log: {record_sectors: \(recordSectors)}
      segments:
        - {name: a.seg, length: 8192}\(hasTwo ? "\n  - {name: b.seg, length: 8192}" : "")
      workload:
        kind: \(kind.rawValue)
        clients: \(clients)
        transactions: \(transactions)
        objects: \(objects)
        range_length_max: \(rangeLengthMax)
        between: {flush: 5, truncate: 5, truncate_step: 10, remap: 8, reopen: 5, none: 60}
      """)
  }

  /// The folder of the package.
  package static var package: URL {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { folder.deleteLastPathComponent() }
    return folder
  }

  /// The paths of the shipped scenarios, sorted.
  package static func shipped(_ folder: String) throws -> [String] {
    let url = package.appendingPathComponent(folder)
    return try FileManager.default.contentsOfDirectory(atPath: url.path).filter { $0.hasSuffix(".yaml") }
      .sorted()
      .map { url.appendingPathComponent($0).path }
  }
}
