import FaultFS

/// Every key of a scenario file: its name, the values it takes, what it is where the file leaves it out, and what
/// it means. The reader, the JSON Schema and the list of derived options are all made from this table.
enum ScenarioTable {
  /// The keys of every scenario but `system`, which depends on the systems that there are.
  private static let keys: [KeyRule] = [
    KeyRule(
      "name", .text(.scenarioName), .required,
      "The scenario's name, as in reports and on the command line; the file's name without its ending."),
    KeyRule(
      "description", .text(.prose), .value(.text("")), "What the scenario is for, in a sentence or two."),
    KeyRule(
      "segments", .list(of: .mapping(segment), count: 1...8, distinct: false), .required,
      "The external data segments, which start as zeros. How many a workload takes: bank 1 to 8, bytes 1 to 8, "
        + "inodes 2, queue 1, list 1."),
    KeyRule("workload", .mapping(workload), .required, "The transactions that a case runs."),
    KeyRule("disk", .mapping(disk), .section, "The disk, and what a crash may do to it."),
    KeyRule("crash", .mapping(crash), .section, "Where a case crashes, and which crash states are tried."),
    KeyRule(
      "faults", .wordOrMapping("none", faults), .section,
      "What goes wrong on the disk while the system runs, or none."),
    KeyRule(
      "threads", .mapping(threads), .section,
      "Clients that are threads, beside those of the system itself, and the schedules that they run by."),
    KeyRule(
      "seeds", .mapping(seeds), .section, "The seeds of a campaign; the command line may say otherwise."),
    KeyRule(
      "invariants", .list(of: .choice(Invariant.allCases.map(\.rawValue)), count: 1...3, distinct: true),
      .value(.texts(Invariant.allCases.map(\.rawValue))),
      "What is checked of each recovered state: durability (the state is the one after a prefix of the commits "
        + "that holds all that was promised), workload (the workload's own invariant), fixpoint (recovering "
        + "again changes nothing)."),
    KeyRule(
      "sabotage", .list(of: .mapping(sabotage), count: 0...16, distinct: false), .value(.list([])),
      "Storage calls of the system under test that are broken on purpose: they return and do nothing."),
    KeyRule(
      "expect", .choice(Expectation.allCases.map(\.rawValue)), .value(.text("clean")),
      "What the campaign is to find: clean for nothing; violation in a canary, which fails if nothing is found."
    ),
  ]

  /// The keys of a scenario whose system has the name `name`; where `systems` has none of that name, the keys that a
  /// scenario of any of them may have.
  static func keys(for name: String, of systems: Systems) -> [KeyRule] {
    systems.names.contains(name) ? keys(for: [name], of: systems) : keysOfAll(systems)
  }

  /// The keys that a scenario of any of the systems may have.
  static func keysOfAll(_ systems: Systems) -> [KeyRule] { keys(for: systems.names, of: systems) }

  /// The section `system`, and those of the systems' own, stand between what names a scenario and what it does.
  private static func keys(for names: [String], of systems: Systems) -> [KeyRule] {
    let section = KeyRule(
      "system", .mapping(system(for: names, of: systems)), .section, "The system under test, and its options."
    )
    let own = names.flatMap { systems[$0]?.sections ?? [] }.map(\.key)
    let arePrograms = names.allSatisfy { systems[$0] is any ProgramUnderTest.Type }
    let common = arePrograms ? keys.filter { !notOfPrograms.contains($0.name) } : keys
    return common.prefix(2) + [section] + own + common.dropFirst(2)
  }

  /// What a program has no use for: it has files and a workload of its own.
  static let notOfPrograms: Set<String> = ["segments", "workload", "invariants", "sabotage", "threads"]

  /// The keys of the section `system` where it may name any of `names`.
  static func system(for names: [String], of systems: Systems) -> [KeyRule] {
    var rules = [
      KeyRule(
        SystemOptions.nameKey, .choice(systems.names),
        .value(.text(names.count == 1 ? names[0] : systems.standard)),
        "Which system; the other keys of the section are its own.")
    ]
    for name in names {
      for option in systems[name]?.options ?? [] where !rules.contains(where: { $0.name == option.key.name })
      {
        rules.append(option.key)
      }
    }
    return rules
  }

  private static let segment: [KeyRule] = [
    KeyRule(
      "name", .text(.fileName), .required, "The segment's file name; none that the system itself uses."),
    KeyRule(
      "length", .integer(4096...16_777_216, multipleOf: 4096), .required, "The segment's length in bytes."),
  ]

  private static let workload: [KeyRule] = [
    KeyRule(
      "kind", .choice(WorkloadOptions.Kind.allCases.map(\.rawValue)), .required,
      "bytes: random ranges. bank: transfers whose sum is constant. inodes: a small file system's metadata. "
        + "queue: persistent rings, one for each client. list: linked lists, with offsets for pointers."),
    KeyRule(
      "transactions", .integer(1...100_000), .value(.integer(40)),
      "How many transactions begin, those that set the workload up not counted."),
    KeyRule(
      "clients", .integer(1...16), .value(.integer(1)),
      "How many clients run interleaved, each with at most one transaction open."),
    KeyRule(
      "objects", .integer(2...4096), .value(.integer(32)),
      "How many accounts, inodes, slots of a ring, or nodes there are; as many as fit where fewer do. The bytes "
        + "workload has none."),
    KeyRule(
      "ranges_max", .integer(1...64), .value(.integer(4)),
      "How many ranges a transaction of the bytes workload declares at most."),
    KeyRule(
      "range_length_max", .integer(1...65536), .value(.integer(200)),
      "How long a range of the bytes workload is at most, in bytes."),
    KeyRule(
      "mix", .mapping(mix),
      .value(weights([("commit_flush", 50), ("commit_no_flush", 30), ("abort", 10), ("drop", 5)])),
      "How transactions end, as weights."),
    KeyRule(
      "between", .mapping(between),
      .value(
        weights([
          ("flush", 5), ("truncate", 3), ("truncate_step", 10), ("remap", 2), ("reopen", 1), ("none", 79),
        ])),
      "What happens after the end of a transaction, as weights."),
    KeyRule(
      "no_restore", .number(0...1), .value(.number(0.2)),
      "The share of the transactions that will commit which begin in no-restore mode."),
  ]

  private static let mix: [KeyRule] = [
    weight("commit_flush", "Commit, and return once it is durable."),
    weight("commit_no_flush", "Commit, durable with the next flush."),
    weight("abort", "Abort."),
    weight("drop", "Go out of scope, which aborts."),
  ]

  private static let between: [KeyRule] = [
    weight("flush", "Make every commit so far durable."),
    weight("truncate", "Truncate the log."),
    weight("truncate_step", "Take one step of truncation."),
    weight("remap", "Unmap a segment and map it again, once no transaction is open."),
    weight("reopen", "Close the system in order and open it again, once no transaction is open."),
    weight("none", "Nothing."),
  ]

  private static let disk: [KeyRule] = [
    KeyRule(
      "profile", .choice(DiskOptions.Profile.allCases.map(\.rawValue)), .value(.text("posix")),
      "posix: whatever POSIX leaves open. ext4-ordered, ext4-writeback, ext4-data, xfs, btrfs: what 'make litmus' "
        + "saw of these file systems. raw-device: any unflushed sector. process-crash: everything that returned stays. rio: memory "
        + "whose every store is permanent. adr, adr-torn: memory behind caches, with narrow stores and with wide ones."
    ),
    KeyRule(
      "filesystem", .choice(DiskOptions.FileSystem.allCases.map(\.rawValue)), .value(.text("none")),
      "A file system of the running kernel, mounted above a bare disk that loses power: the store or program runs on it, and "
        + "after a crash the kernel recovers it first. Takes root and loop devices; no other key of disk goes with it."
    ),
    KeyRule(
      "sector", .integerChoice([512, 4096]), .value(.integer(512)),
      "The length of the disk's sectors in bytes."),
    KeyRule(
      "tearing", .choice(DiskOptions.Tearing.allCases.map(\.rawValue)), .value(.text("by_profile")),
      "At what grain a sector that is being written can tear. by_profile: byte, or none where the profile's atom "
        + "is a block or a call, which cannot tear."),
    KeyRule(
      "powersafe_overwrite", .boolean, .value(.boolean(true)),
      "Whether the bytes next to those that a torn write wrote stay as they were; false also where the rest of the "
        + "sector may be trashed."),
    KeyRule(
      "pages", .boolean, .value(.boolean(false)),
      "Whether a buffered write reaches the disk as whole pages of 4096 bytes, whose other sectors are written again and may tear; where "
        + "powersafe_overwrite is false."),
    KeyRule(
      "order", .choice(DiskOptions.Order.allCases.map(\.rawValue)), byProfile,
      "What reaches the disk in the order of the calls: nothing (free), entries and sizes but those that grew by writes "
        + "(metadata), or everything."
    ),
    KeyRule(
      "grown_size", .choice(DiskOptions.GrownSize.allCases.map(\.rawValue)), byProfile,
      "What a size that grew waits for: nothing (free), the data where it would not show zeros, or all the data that it "
        + "exposes, which with_its_data does not arrive before it either."),
    KeyRule(
      "exposed_tail", .choice(DiskOptions.ExposedTail.allCases.map(\.rawValue)), byProfile,
      "What a tail may hold that a grown size exposed before its data arrived: its older bytes only, or zeros as well, or "
        + "zeros and garbage."),
    KeyRule(
      "file_sync", .choice(DiskOptions.FileSync.allCases.map(\.rawValue)), byProfile,
      "Whether a full sync of a file persists its directory entry."),
    KeyRule(
      "forced_unit_access", .text(.filePatternOrNone), .value(.text("")),
      "On which files each write is durable when it returns: a name, or a pattern in which * stands for any "
        + "characters; empty for none."),
    KeyRule(
      "direct_writes", .boolean, .value(.boolean(false)),
      "Whether a store can ask for writes past the cache that are durable when they return, as a log wants them."
    ),
  ]

  private static let byProfile = KeyRule.Default.value(.text("by_profile"))

  private static let crash: [KeyRule] = [
    KeyRule(
      "points",
      .wordsOrKey(
        ["every"],
        [
          KeyRule("stride", .integer(1...1_000_000), .required, "Crash at every n-th operation of the disk."),
          KeyRule(
            "sample", .integer(1...1_000_000), .required, "Crash at this many operations, drawn by the seed."),
        ]), .value(.text("every")), "At which operations of the disk a case crashes."),
    KeyRule(
      "exploration", .choice(CrashOptions.Exploration.allCases.map(\.rawValue)), .value(.text("sampled")),
      "sampled: crash states drawn by the strategies. bounded: those with few deviations, then drawn ones besides. "
        + "exhaustive: every crash state that recovery and the check can tell apart, with one execution for each; "
        + "where that takes too many, what was left out is counted, and bounded follows."),
    KeyRule(
      "executions_per_point", .integer(1...100_000_000), .value(.integer(10_000)),
      "How many executions an exhaustive exploration may take at a crash point."),
    KeyRule(
      "deviations_max", .integer(-1...8), .value(.integer(1)),
      "bounded tries every state in which at most this many cells differ from all kept, or from none kept; -1: none."
    ),
    KeyRule(
      "bounded_states_per_point", .integer(1...1_000_000), .value(.integer(200)),
      "How many states bounded tries at a crash point at most."),
    KeyRule(
      "states_per_point", .integer(1...1_000_000), .value(.integer(30)),
      "How many crash states are drawn at a crash point at most."),
    KeyRule(
      "strategies",
      .list(of: .choice(CrashOptions.Strategy.allCases.map(\.rawValue)), count: 1...9, distinct: true),
      .value(.texts(CrashOptions.Strategy.allCases.map(\.rawValue))),
      "How the crash states are chosen, in order."),
    KeyRule(
      "recovery_depth", .integer(0...3), .value(.integer(1)),
      "How many crashes in recovery follow one another; 0 for none."),
    KeyRule(
      "recovery_points_max", .integer(1...10_000), .value(.integer(6)),
      "At how many operations of one recovery it is crashed at most."),
    KeyRule(
      "recovery_states_per_point", .integer(1...10_000), .value(.integer(4)),
      "How many crash states are tried at a crash point in recovery at most."),
    KeyRule(
      "goes_on_transactions", .integer(0...100), .value(.integer(2)),
      "With how many transactions the workload goes on after each recovery, each committed as in the workload and the last with a flush; they are "
        + "crashed as the recovery is."),
  ]

  private static let faults: [KeyRule] = [
    KeyRule(
      "kinds",
      .list(
        of: .choice(Fault.Kind.allCases.map(\.rawValue)), count: 0...Fault.Kind.allCases.count, distinct: true
      ),
      .value(.texts(FaultOptions.kindsDefault.map(\.rawValue))),
      "Which faults strike; none where empty. The fault model says what each one does. Left out: those whose call fails, as "
        + "far as the disk can have them; none on a program."),
    KeyRule(
      "placement",
      .wordsOrKey(
        ["once", "every"],
        [
          KeyRule(
            "call", .integer(1...1_000_000), .required,
            "The call of this number, counted among those that the kind can strike, one kind after the other."
          ),
          KeyRule(
            "rate", .number(0.000001...1), .required, "Each call with this probability, all kinds at a time."),
          KeyRule(
            "swarm", .number(0.000001...1), .required,
            "A random part of the kinds for each seed, each at a random rate up to this one."),
        ]), .value(.text("once")),
      "Which calls are struck; left out, every where kinds are named. once: one run for each kind, struck at a call that "
        + "the seed draws, besides all that a scenario without faults does. every: one run for each call that the kind can strike, one kind after the other."
    ),
    KeyRule(
      "file", .text(.filePattern), .value(.text("*")),
      "Which files are struck: a name, or a pattern in which * stands for any characters."),
    KeyRule(
      "offset", .integer(0...16_777_216), .value(.integer(0)),
      "Only reads and writes that touch bytes from here on are struck."),
    KeyRule(
      "length", .integer(0...16_777_216), .value(.integer(0)), "For that many bytes; 0 for all that follow."),
    KeyRule(
      "sticky", .boolean, .value(.boolean(false)),
      "Whether a fault strikes again, at every later call that it can."),
    KeyRule(
      "creation", .boolean, .value(.boolean(true)),
      "Whether the calls that create the store, and open it for the first time, are struck as well."),
    KeyRule(
      "after_error", .choice(FaultOptions.AfterError.allCases.map(\.rawValue)), .value(.text("reopen")),
      "What the application does after an error that a fault explains. reopen: it opens the store again. retry: it makes the same "
        + "call again; after a commit that memory shows, a flush. go-on: it makes the next call. After three errors in a row it opens the store again."
    ),
    KeyRule(
      "pairs_max", .integer(0...1_000_000), .value(.integer(0)),
      "How many runs with two faults follow those with one where placement is every: all pairs of calls where there are "
        + "no more, otherwise drawn."),
    KeyRule(
      "points_per_run", .integer(1...10_000), .value(.integer(6)),
      "At how many operations of a run with faults, from the first strike on, power is cut."),
    KeyRule(
      "recoveries_max", .integer(0...10_000), .value(.integer(4)),
      "At how many crash points of the run without faults the recovery is struck, call after call."),
  ]

  private static let threads: [KeyRule] = [
    KeyRule(
      "count", .integer(0...8), .value(.integer(0)),
      "How many clients there are, each a thread that runs its share of the workload on its own part of every segment, while the "
        + "system runs as in production; 0: the harness drives the system on one thread."),
    KeyRule(
      "shared", .boolean, .value(.boolean(false)),
      "Whether segments have one part more, of which each transaction that commits changes a place too, whichever thread it is of: the "
        + "application lets one such transaction run at a time."),
    KeyRule(
      "schedules", .choice(ThreadOptions.Schedules.allCases.map(\.rawValue)), .value(.text("drawn")),
      "drawn: one schedule for each seed, by priorities or at random. every: each schedule with at most preemptions_max "
        + "preemptions, with all crash points of each."),
    KeyRule(
      "preemptions_max", .integer(0...8), .value(.integer(2)),
      "How often a schedule of every puts off a thread that could go on, at most."),
    KeyRule(
      "schedules_max", .integer(1...100_000_000), .value(.integer(100_000)),
      "How many schedules a case of every runs at most."),
  ]

  private static let seeds: [KeyRule] = [
    // JSON numbers are exact up to here.
    KeyRule("first", .integer(0...9_007_199_254_740_991), .value(.integer(1)), "The first seed."),
    KeyRule("count", .integer(1...1_000_000), .value(.integer(20)), "How many seeds, one after the other."),
  ]

  private static let sabotage: [KeyRule] = [
    KeyRule(
      "drop", .choice(SabotageRule.Call.allCases.map(\.rawValue)), .required, "Which call does nothing."),
    KeyRule(
      "file", .text(.filePattern), .required,
      "On which files: a name, or a pattern in which * stands for any characters. A directory sync matches by its "
        + "directory's name, empty for the root: write \"*\"."),
  ]

  private static func weight(_ name: String, _ documentation: String) -> KeyRule {
    KeyRule(name, .integer(0...1_000_000), .value(.integer(0)), documentation)
  }

  private static func weights(_ weights: [(String, Int)]) -> ScenarioValue {
    .mapping(weights.map { ScenarioValue.Entry($0.0, .integer($0.1)) })
  }
}
