import TortureCore

/// How fast schedules of threads are run, and the crash states of such runs explored, on one core: LRVM as its users run it.
enum ThreadExploration {
  static func measure(seconds: Double, schedulesMax: Int) throws -> ThreadRow {
    var row = ThreadRow()
    let schedules = try scenario(
      """
      workload: {kind: bytes, transactions: 6, ranges_max: 1, range_length_max: 40, no_restore: 0,
        mix: {commit_flush: 100}, between: {none: 100}}
      threads: {count: 3, schedules: every, preemptions_max: 1, schedules_max: \(schedulesMax)}
      crash: {points: {sample: 1}, states_per_point: 1, recovery_depth: 0, goes_on_transactions: 0}
      """)
    var (wall, processor) = (Clocks.wall(), Clocks.processor())
    let every = try clean(schedules, seed: 1)
    guard let coverage = every.schedules else { fatalError("a benchmark's case has no schedules") }
    row.schedules = coverage.schedules
    row.decisionsPerSecond = Double(coverage.decisions) / (Clocks.wall() - wall)
    row.decisionsPerProcessorSecond = Double(coverage.decisions) / (Clocks.processor() - processor)

    let bank = try scenario(
      """
      workload: {kind: bank, transactions: 12, objects: 8, mix: {commit_flush: 50, commit_no_flush: 40, abort: 10},
        between: {flush: 10, truncate: 5, none: 85}}
      threads: {count: 3}
      crash: {states_per_point: 32, recovery_points_max: 2, recovery_states_per_point: 2}
      """)
    (wall, processor) = (Clocks.wall(), Clocks.processor())
    var seed: UInt64 = 0
    repeat {
      seed += 1
      row.states += try clean(bank, seed: seed).crashStates
    } while Clocks.wall() - wall < seconds
    row.cases = Int(seed)
    row.statesPerSecond = Double(row.states) / (Clocks.wall() - wall)
    row.statesPerProcessorSecond = Double(row.states) / (Clocks.processor() - processor)
    return row
  }

  private static func clean(_ scenario: Scenario, seed: UInt64) throws -> CaseResult {
    let result = CaseRunner.run(scenario, seed: seed)
    if result.verdict != .clean { fatalError("a benchmark's case came to \(result.verdict)") }
    return result
  }

  private static func scenario(_ text: String) throws -> Scenario {
    let whole = """
      name: threads
      system: {checked: false, truncation_threshold: 0.4}
      log: {record_sectors: 24}
      segments:
        - {name: data.seg, length: 12288}
      faults: none
      """
    return try ScenarioReader.read(Array((whole + "\n" + text).utf8), file: "threads.yaml")
  }
}

/// What running threads came to.
struct ThreadRow: Codable, Hashable {
  /// Schedules that were run, and the rate of decisions who goes on.
  var schedules = 0
  var decisionsPerSecond = 0.0
  var decisionsPerProcessorSecond = 0.0
  /// Recoveries that ran, of how many cases, each with a schedule of its own; recording the runs is part of the time.
  var cases = 0
  var states = 0
  var statesPerSecond = 0.0
  var statesPerProcessorSecond = 0.0

  enum CodingKeys: String, CodingKey {
    case schedules, cases, states
    case decisionsPerSecond = "decisions_per_second"
    case decisionsPerProcessorSecond = "decisions_per_processor_second"
    case statesPerSecond = "states_per_second"
    case statesPerProcessorSecond = "states_per_processor_second"
  }
}
