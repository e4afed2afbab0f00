import Testing

/// `lrvm-torture exhaust`, called as users call it.
@Suite struct ExhaustCommandTests {
  private let folder: CommandFolder

  init() throws {
    folder = try CommandFolder()
    try folder.write(
      "tiny.yaml",
      """
      name: tiny
      system: { truncation_steps_per_operation: 0 }
      log: { record_sectors: 4 }
      segments: [{ name: data, length: 4096 }]
      workload: { kind: bytes }
      crash: { states_per_point: 2, recovery_depth: 0, goes_on_transactions: 0 }
      faults: none
      """)
  }

  private func run(_ arguments: String...) async throws -> CommandRun {
    try await CommandRun.run(["exhaust"] + arguments, in: folder.path)
  }

  @Test func aRunGoesOnToALargerBound() async throws {
    let first = try await run("tiny.yaml", "--bound", "3", "--jobs", "2")
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.output.contains("begin, set range 0, commit flush") == false)
    #expect(first.output.contains("All 12 sequences of up to 3 operations explored: nothing found"))
    let second = try await run("tiny.yaml", "--bound", "4", "--resume", "--quiet")
    #expect(second.status == 0, "\(second.errors)")
    #expect(second.output.hasPrefix("All 55 sequences of up to 4 operations explored: nothing found"))
    #expect(second.output.split(separator: "\n").count == 1)
    #expect(try folder.read("reports/exhaust/summary.json").contains("\"cases\" : 55"))
  }

  /// The standard alphabet: 1 sequence of no operation, 2 of one, 7 of two and 26 of three, none left out by a rule.
  @Test(arguments: [("kv-torture", "kv-fixed"), ("lrvm-torture", "sqlite")])
  func anyStoreHasShortWorkloads(command: String, system: String) async throws {
    try folder.write("store.yaml", Self.store("name: \(system)"))
    let run = try await CommandRun.line("\(command) exhaust store.yaml --bound 3", in: folder.path)
    #expect(run.status == 0, "\(run.output)\(run.errors)")
    #expect(
      run.output.contains("All 36 sequences of up to 3 operations explored: nothing found"), "\(run.output)")
  }

  /// A set range and a commit are enough to lose what is not synced.
  @Test(arguments: [
    ("kv-torture", "name: kv", "lost-commit"),
    ("lrvm-torture", "name: sqlite, synchronous: \"off\"", "recovery-failed"),
  ])
  func aStoreThatForgetsASyncIsFound(command: String, system: String, kind: String) async throws {
    try folder.write("store.yaml", Self.store(system))
    let run = try await CommandRun.line("\(command) exhaust store.yaml --bound 3", in: folder.path)
    #expect(run.status == 1, "\(run.output)\(run.errors)")
    #expect(run.output.contains("(begin, set range 0, commit flush): \(kind): "), "\(run.output)")
  }

  private static func store(_ system: String) -> String {
    """
    name: store
    system: {\(system)}
    segments: [{name: data, length: 4096}]
    workload: {kind: bytes}
    crash: {states_per_point: 4, recovery_depth: 0, goes_on_transactions: 0}
    faults: none
    """
  }

  @Test func wrongUseExitsWith64() async throws {
    try folder.write("bad.yaml", "name: bad\nbananas: 3\n")
    try folder.writeScenario("bank")
    for (arguments, words) in [
      (["tiny.yaml"], "--bound"), (["tiny.yaml", "--bound", "0"], "expected a number from 1 to 12"),
      (["tiny.yaml", "--bound", "13"], "expected a number from 1 to 12"),
      (["tiny.yaml", "--bound", "2", "--jobs", "0"], "from 1 to 512"),
      (["tiny.yaml", "--bound", "2", "--resume"], "cannot go on from 'reports/exhaust/exhaust.json'"),
      (["tiny.yaml", "--bound", "2", "--out", "."], "was left alone"),
      (["missing.yaml", "--bound", "2"], "missing.yaml"), (["bad.yaml", "--bound", "2"], "bad.yaml:2:1"),
      (["bank.yaml", "--bound", "2"], "set it to bytes"),
    ] {
      let run = try await CommandRun.run(["exhaust"] + arguments, in: folder.path)
      #expect(run.status == 64, "\(arguments)")
      #expect(run.errors.contains(words), "\(arguments): \(run.errors)")
    }
  }
}
