import ArgumentParser
import CFloors
import CPeers
import Foundation
import LRVM

@main
struct Main: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lrvm-bench",
    abstract: "Measures LRVM and Vista beside the raw disk, raw memory, and other engines.")

  @Option(help: "Where to make the files; it must be on the disk to be measured.") var directory =
    "reports/bench-data"
  @Option(help: "Where to write the figures.") var out = "reports/bench.json"
  @Option(help: "Where to write the plot.") var plot: String?
  @Option(help: "A document with marks between which the tables are put.") var document: String?
  @Option(help: "How many rounds; the median counts.") var rounds: Int?
  @Flag(help: "Three rounds of short measurements, in about a minute.") var quick = false
  @Flag(
    help: "Let idle processors sleep: then one thread that waits for the disk may wait for the clock's tick.")
  var letSleep = false
  @Option(help: "Only engines whose names begin so; may be repeated.") var engine: [String] = []
  @Option(help: "Only this workload; may be repeated.") var workload: [Workload] = []
  @Option(help: "Only this durability; may be repeated.") var durability: [Durability] = []
  @Option(help: "Only with this many threads; may be repeated.") var threads: [Int] = []
  @Option(help: "How long each measurement without syncs takes, in seconds; those with are twice as long.")
  var seconds: Double?
  @Flag(help: "Only the figures that are no rates of transactions.") var onlyFigures = false
  @Option(help: "Of the figures only this group; may be repeated.") var figures: [Figures.Group] = []
  @Flag(help: "Only the rates of transactions.") var withoutFigures = false

  func validate() throws {
    if let rounds, rounds < 1 { throw ValidationError("'--rounds' is at least 1, not \(rounds)") }
  }

  func run() throws {
    let tell = { (line: String) in
      print(line)
      fflush(nil)
    }
    let cores = ProcessInfo.processInfo.activeProcessorCount
    if !letSleep, cfloors_keep_awake(CInt(cores)) != 0 {
      throw BenchmarkError("cannot keep the processors awake")
    }
    let folder = URL(filePath: directory).path
    if FileManager.default.fileExists(atPath: folder) {
      throw ValidationError("'\(folder)' exists: remove it, or name another --directory")
    }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let rounds = rounds ?? (quick ? 3 : 7)
    var rows: [Matrix.Row] = []
    if !onlyFigures {
      tell("filling the engines")
      let matrix = Matrix(
        engines: try engines(folder),
        plan: .init(
          rounds: rounds, durableSeconds: 2 * (seconds ?? (quick ? 0.075 : 0.2)),
          lazySeconds: seconds ?? (quick ? 0.1 : 0.2),
          threads: threads.isEmpty ? (quick ? [1, 4] : [1, 4, 16]) : threads,
          workloads: workload.isEmpty ? Workload.allCases : workload,
          durabilities: durability.isEmpty ? Durability.allCases : durability))
      rows = try matrix.run(tell)
    }
    var measured = Figures(folder: folder, repetitions: rounds)
    if !withoutFigures { try measured.run(figures.isEmpty ? Figures.Group.allCases : figures, tell) }
    let report = Report(
      cores: cores, rounds: rounds,
      versions: [
        "SQLite": String(cString: sqlite3_libversion()),
        "LMDB": "\(MDB_VERSION_MAJOR).\(MDB_VERSION_MINOR).\(MDB_VERSION_PATCH)",
        "LevelDB": "\(leveldb_major_version()).\(leveldb_minor_version())",
      ], rows: rows, figures: measured.figures)
    tell("\n" + report.tables())
    let place = URL(filePath: out)
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try report.json().write(to: place)
    if let plot { try report.plot().write(toFile: plot, atomically: true, encoding: .utf8) }
    if let document { try report.write(into: URL(filePath: document)) }
    tell("written to \(out)")
  }

  /// Those that were asked for; an engine is filled with its data only then.
  private func engines(_ folder: String) throws -> [any Engine] {
    let makers: [(name: String, make: () throws -> (any Engine)?)] = [
      ("floor A", { try FloorA(folder) }),
      ("floor B", { try FloorB(folder) }),
      ("floor M", { try MemoryFloor() }),
      ("LRVM", { try LRVMEngine(folder, name: "LRVM", log: "lrvm", options: Options()) }),
      (
        "LRVM, buffered",
        {
          try LRVMEngine(
            folder, name: "LRVM, buffered", log: "lrvm-buffered", options: Options(logWrites: .buffered))
        }
      ),
      (
        "LRVM, places ahead",
        {
          try LRVMEngine(
            folder, name: "LRVM, places ahead", log: "lrvm-ahead", options: Options(), drawsAhead: true)
        }
      ),
      ("Vista on tmpfs", { try VistaEngine(nil) }), ("Vista, msync", { try VistaEngine(folder) }),
      ("libpmemobj", { try PmemobjEngine() }),
      ("SQLite", { try SQLiteEngine(folder) }),
      ("LMDB", { try LMDBEngine(folder) }),
      ("RocksDB", { try BatchEngine<RocksDB>(folder) }),
      ("LevelDB", { try BatchEngine<LevelDB>(folder) }),
    ]
    return try makers.filter { maker in
      engine.isEmpty || engine.contains { maker.name.hasPrefix($0) }
    }.compactMap { try $0.make() }
  }
}

extension Workload: ExpressibleByArgument {}
extension Durability: ExpressibleByArgument {}
extension Figures.Group: ExpressibleByArgument {}
