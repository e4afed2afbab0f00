import Foundation

/// The figures, as they are written to reports/bench-explorer.json.
struct Report: Codable, Hashable {
  /// One size of log and segment, explored by one or more workers at once: the sums of their rates.
  struct Row: Codable, Hashable {
    var logKiB: Int
    var segmentKiB: Int
    var jobs: Int
    var statesPerSecond: Double
    var floorStatesPerSecond: Double
    var statesPerProcessorSecond: Double
    var floorStatesPerProcessorSecond: Double

    enum CodingKeys: String, CodingKey {
      case jobs
      case logKiB = "log_kib"
      case segmentKiB = "segment_kib"
      case statesPerSecond = "states_per_second"
      case floorStatesPerSecond = "floor_states_per_second"
      case statesPerProcessorSecond = "states_per_processor_second"
      case floorStatesPerProcessorSecond = "floor_states_per_processor_second"
    }
  }

  var cores: Int
  var rows: [Row] = []
  var growth: [Growth] = []
  var batches: [BatchCoverage] = []
  var memory: [MemoryRow] = []
  var threads: [ThreadRow] = []
  /// The most that the workers of one measurement held together, in MiB.
  var peakMemoryMiB = 0.0

  enum CodingKeys: String, CodingKey {
    case cores, rows, growth, batches, memory, threads
    case peakMemoryMiB = "peak_memory_mib"
  }

  func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return try encoder.encode(self)
  }
}

/// Takes all measurements, one after the other.
struct Benchmark {
  var sizes: [(logKiB: Int, segmentKiB: Int)] = [(4, 32), (32, 32), (512, 512)]
  var jobs = [1, 2]
  var batches = [16, 32, 64, 128]
  var schedulesMax = 20_000
  var memories = ["rio", "adr", "adr-torn"]
  var seconds: Double
  var repetitions: Int
  var operations: [Int]
  /// Measures the same in several workers at once.
  var measure: (Request, _ jobs: Int) throws -> [Measurement]

  func run(_ show: (String) -> Void) throws -> Report {
    var report = Report(cores: ProcessInfo.processInfo.activeProcessorCount)
    show("\(report.cores) cores; states per second, and in brackets per second of processor time")
    show(line(["log/segment KiB", "jobs", "states", "", "floor", "", "of floor"]))
    for size in sizes {
      for jobs in jobs {
        let request = Request.states(
          logSectors: size.logKiB * 1024 / RecordedRun.sectorLength, segmentLength: size.segmentKiB * 1024,
          seconds: seconds, repetitions: repetitions)
        let measurements = try measure(request, jobs)
        let row = Report.Row(
          logKiB: size.logKiB, segmentKiB: size.segmentKiB, jobs: jobs,
          statesPerSecond: measurements.reduce(0) { $0 + $1.states.wall },
          floorStatesPerSecond: measurements.reduce(0) { $0 + $1.floor.wall },
          statesPerProcessorSecond: measurements.reduce(0) { $0 + $1.states.processor },
          floorStatesPerProcessorSecond: measurements.reduce(0) { $0 + $1.floor.processor })
        report.rows.append(row)
        note(measurements, &report)
        show(
          line([
            "\(size.logKiB)/\(size.segmentKiB)", "\(jobs)", whole(row.statesPerSecond),
            "(\(whole(row.statesPerProcessorSecond)))", whole(row.floorStatesPerSecond),
            "(\(whole(row.floorStatesPerProcessorSecond)))",
            String(
              format: "%.2f", row.statesPerProcessorSecond / max(1, row.floorStatesPerProcessorSecond)),
          ]))
      }
    }
    show(line(["operations", "seconds", "processor", "executed", "capped"]))
    for operations in operations {
      let measurements = try measure(.growth(operations: operations), 1)
      note(measurements, &report)
      for growth in measurements.compactMap(\.growth) {
        report.growth.append(growth)
        show(
          line([
            "\(growth.operations)", String(format: "%.3f", growth.seconds),
            String(format: "%.3f", growth.processorSeconds), "\(growth.executed)", "\(growth.pointsCapped)",
          ]))
      }
    }
    show(line(["batch, sectors", "seconds", "processor", "executed", "with tears"]))
    for sectors in batches {
      let measurements = try measure(.batch(sectors: sectors), 1)
      note(measurements, &report)
      for batch in measurements.compactMap(\.batch) {
        report.batches.append(batch)
        show(
          line([
            "\(batch.sectors)", String(format: "%.3f", batch.seconds),
            String(format: "%.3f", batch.processorSeconds), "\(batch.executed)", "\(batch.executedWithTears)",
          ]))
      }
    }
    show(line(["memory", "states", "", "operations", "executed", "remembered", "covered", "to covered"]))
    for profile in memories {
      let measurements = try measure(.memory(profile: profile, seconds: Double(repetitions) * seconds), 1)
      note(measurements, &report)
      for row in measurements.compactMap(\.memory) {
        report.memory.append(row)
        show(
          line([
            row.profile, whole(row.statesPerSecond), "(\(whole(row.statesPerProcessorSecond)))",
            "\(row.operations)", "\(row.executed)", "\(row.remembered)", row.covered,
            String(format: "%.6f", row.executedToCovered),
          ]))
      }
    }
    show(line(["threads", "decisions", "", "schedules", "states", "", "cases"]))
    let request = Request.threads(seconds: Double(repetitions) * seconds, schedulesMax: schedulesMax)
    let measurements = try measure(request, 1)
    note(measurements, &report)
    for row in measurements.compactMap(\.threads) {
      report.threads.append(row)
      show(
        line([
          "lrvm", whole(row.decisionsPerSecond), "(\(whole(row.decisionsPerProcessorSecond)))",
          "\(row.schedules)", whole(row.statesPerSecond), "(\(whole(row.statesPerProcessorSecond)))",
          "\(row.cases)",
        ]))
    }
    show(String(format: "peak memory: %.1f MiB", report.peakMemoryMiB))
    return report
  }

  private func note(_ measurements: [Measurement], _ report: inout Report) {
    let mebibytes = Double(measurements.reduce(0) { $0 + $1.peakMemoryKiB }) / 1024
    report.peakMemoryMiB = max(report.peakMemoryMiB, mebibytes)
  }

  private func whole(_ number: Double) -> String { String(Int(number.rounded())) }

  private func line(_ fields: [String]) -> String {
    fields.enumerated().map { index, field in
      let padding = String(repeating: " ", count: max(0, (index == 0 ? 16 : 11) - field.count))
      return index == 0 ? field + padding : padding + field
    }.joined(separator: " ")
  }
}
