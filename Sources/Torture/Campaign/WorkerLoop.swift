import CallStack
import Glibc
import SystemPackage

/// The life of a worker process: it answers one request after the other until its standard input ends.
///
/// Four things keep a bad case from hurting more than itself. A trap handler writes the trap's call stack to a file
/// of the campaign before the process dies. `alarm` ends a case that takes too long, and a worker whose campaign was
/// killed. A limit on its memory makes an allocation fail, and trap, before the machine has none left. And answers leave through a descriptor of their own: what a case prints by mistake goes to standard error.
public enum WorkerLoop {
  /// Answers requests until the input ends.
  ///
  /// - Parameters:
  ///   - executor: what runs cases.
  ///   - trapReportPath: the file that a trap's report is written to; nil for none.
  ///   - caseLimitSeconds: how long a case may take, in seconds, before SIGALRM ends the process; 0 for no limit.
  ///   - memoryLimitBytes: how much memory the process may take, in bytes; 0 for no limit.
  /// - Throws: where the file cannot be opened, or a request is not one.
  public static func run(
    executor: CaseExecutor = .standard, trapReportPath: String?, caseLimitSeconds: Int,
    memoryLimitBytes: Int = 0
  ) throws(WorkerError) {
    // The campaign hears of Ctrl-C as well, and ends its workers by closing their input.
    signal(SIGINT, SIG_IGN)
    signal(SIGTERM, SIG_IGN)
    let answers: FileDescriptor
    do {
      answers = try FileDescriptor.standardOutput.duplicate()
      _ = try FileDescriptor.standardError.duplicate(as: .standardOutput)
      if let trapReportPath {
        let report = try FileDescriptor.open(
          FilePath(trapReportPath), .writeOnly, options: [.create, .append, .closeOnExec],
          permissions: .filePermissions)
        try TrapHandler.arm(descriptor: report.rawValue)
      }
      try limitMemory(memoryLimitBytes)
      var sequences = SequenceRunner()
      try say(.ready, to: answers)
      while let line = readLine(strippingNewline: true) {
        let request = try JSONText.decode(WorkerRequest.self, from: line)
        alarm(UInt32(clamping: caseLimitSeconds))
        let response: WorkerResponse
        switch request {
        case .run(let scenario, let seed): response = .ran(result: executor.run(scenario, seed))
        case .replay(let reproducer): response = .replayed(replay: executor.replay(reproducer))
        case .hunt(let reproducer, let goal, let executionsMax):
          response = .hunted(outcome: CrashHunt.run(reproducer, goal, executionsMax: executionsMax))
        case .explain(let reproducer): response = .explained(explanation: Explanation.of(reproducer))
        case .cause(let reproducer): response = .caused(cause: FailureCause.of(reproducer))
        case .syncSites(let scenario, let seed):
          response = .syncSites(sites: SyncSite.sites(of: TestCase(scenario, seed: seed)))
        case .withoutSyncs(let scenario, let seed, let removal, let executionsMax):
          let outcome = CrashHunt.run(
            without: removal, TestCase(scenario, seed: seed), executionsMax: executionsMax)
          response = .hunted(outcome: outcome)
        case .exhaust(let scenario, let bound, let batch):
          response = .exhausted(results: try sequences.run(batch, of: scenario, bound: bound, executor))
        }
        alarm(0)
        try say(response, to: answers)
      }
    } catch {
      throw WorkerError("a worker cannot go on: \(error)")
    }
  }

  private static func limitMemory(_ bytes: Int) throws {
    guard bytes > 0 else { return }
    let resource = __rlimit_resource_t(RLIMIT_DATA.rawValue)
    var limit = rlimit()
    guard unsafe getrlimit(resource, &limit) == 0 else { throw Errno(rawValue: errno) }
    limit.rlim_cur = min(limit.rlim_max, rlim_t(bytes))
    guard unsafe setrlimit(resource, &limit) == 0 else { throw Errno(rawValue: errno) }
  }

  private static func say(_ response: WorkerResponse, to answers: FileDescriptor) throws {
    try answers.writeAll((JSONText.line(response) + "\n").utf8)
  }
}

/// A worker process that cannot start, cannot go on, or answers nonsense: the harness itself failed.
public struct WorkerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong.
  public var description: String

  init(_ description: String) {
    self.description = description
  }
}
