import ArgumentParser
import CPeers
import Foundation
import LRVM

@main
struct Main: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lrvm-bench",
    abstract: "Measures LRVM beside the raw disk, raw memory, SQLite, LMDB, RocksDB and LevelDB.")

  @Option(help: "Where to make the files; it must be on the disk to be measured.") var directory =
    "reports/bench-data"
  @Option(help: "Where to write the figures.") var out = "reports/bench.json"
  @Option(help: "Where to write the plot.") var plot: String?
  @Option(help: "A document with marks between which the tables are put.") var document: String?
  @Option(help: "How many rounds; the median counts.") var rounds: Int?
  @Flag(help: "Three rounds of short measurements, in about a minute.") var quick = false
  @Flag(help: "Only LRVM and the floors.") var withoutPeers = false
  @Flag(help: "Only the figures that are no rates of transactions.") var onlyFigures = false
  @Flag(help: "Only the rates of transactions.") var withoutFigures = false

  func validate() throws {
    if let rounds, rounds < 1 { throw ValidationError("'--rounds' is at least 1, not \(rounds)") }
  }

  func run() throws {
    let tell = { (line: String) in
      print(line)
      fflush(nil)
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
          rounds: rounds, durableSeconds: quick ? 0.15 : 0.4, lazySeconds: quick ? 0.1 : 0.2,
          threads: quick ? [1, 4] : [1, 4, 16]))
      rows = try matrix.run(tell)
    }
    var figures = Figures(folder: folder, repetitions: rounds)
    if !withoutFigures { try figures.run(tell) }
    let report = Report(
      cores: ProcessInfo.processInfo.activeProcessorCount, rounds: rounds,
      versions: [
        "SQLite": String(cString: sqlite3_libversion()),
        "LMDB": "\(MDB_VERSION_MAJOR).\(MDB_VERSION_MINOR).\(MDB_VERSION_PATCH)",
        "LevelDB": "\(leveldb_major_version()).\(leveldb_minor_version())",
      ], rows: rows, figures: figures.figures)
    tell("\n" + report.tables())
    let place = URL(filePath: out)
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try report.json().write(to: place)
    if let plot { try report.plot().write(toFile: plot, atomically: true, encoding: .utf8) }
    if let document { try report.write(into: URL(filePath: document)) }
    tell("written to \(out)")
  }

  private func engines(_ folder: String) throws -> [any Engine] {
    var engines: [any Engine] = [try FloorA(folder)]
    if let floor = try FloorB(folder) { engines.append(floor) }
    engines.append(try MemoryFloor())
    engines.append(try LRVMEngine(folder, name: "LRVM", log: "lrvm", options: Options()))
    engines.append(
      try LRVMEngine(folder, name: "LRVM, buffered", log: "lrvm-buffered", options: Options(logWrites: .buffered)))
    if !withoutPeers {
      engines.append(try SQLiteEngine(folder))
      engines.append(try LMDBEngine(folder))
      engines.append(try RocksDBEngine(folder))
      engines.append(try LevelDBEngine(folder))
    }
    return engines
  }
}
