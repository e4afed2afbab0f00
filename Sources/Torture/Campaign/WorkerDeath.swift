import CallStack
import Glibc
import Subprocess

/// What is made of a worker that died while a case was open.
///
/// A signal that a process brings upon itself is a trap: it speaks against the system under test. SIGALRM is the time
/// limit of a case, and its stack says where the case was then. Any other signal came from outside, for instance from a system that is out of memory: the case
/// could not be judged. A worker that left by itself is broken, and with it the harness.
enum WorkerDeath {
  case trapped(Trap)
  case failed(String)
  /// The case took too long; the trap says where it was.
  case timedOut(String, Trap)

  /// - Parameter files: where the worker left its trap report and its last words.
  init(_ status: TerminationStatus, files: WorkerFiles, caseLimitSeconds: Int) throws(WorkerError) {
    guard case .signaled(let signal) = status else {
      throw WorkerError("a worker ended in the middle of a case (\(status)); it said: \(files.said())")
    }
    switch signal {
    case SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGSYS:
      let frames = Self.frames(files)
      self = .trapped(
        Trap(
          signal: Self.name(signal), message: files.fatalError(), place: frames.inSources().first?.text(),
          stack: frames.map { $0.text() }))
    case SIGALRM:
      let reason = "timed out after \(caseLimitSeconds) s"
      let frames = Self.frames(files)
      self = .timedOut(
        reason,
        Trap(
          signal: FailureGroups.timeLimitSignal, message: reason, place: frames.inSources().first?.text(),
          stack: frames.map { $0.text() }))
    default:
      self = .failed("its process was killed with \(Self.name(signal))")
    }
  }

  /// The result of the case that the worker died in.
  func result(scenario: String, seed: UInt64) -> CaseResult {
    switch self {
    case .trapped(let trap):
      CaseResult(
        scenario: scenario, seed: seed, verdict: .trapped, violationCount: 1,
        findings: [Finding(id: "\(scenario)-\(seed)-\(trap.signal)", trap: trap)])
    case .failed(let reason):
      CaseResult(scenario: scenario, seed: seed, verdict: .failed, reason: reason)
    case .timedOut(let reason, let trap):
      CaseResult(
        scenario: scenario, seed: seed, verdict: .failed,
        findings: [Finding(id: "\(scenario)-\(seed)-\(trap.signal)", trap: trap)], reason: reason)
    }
  }

  /// The trap's call stack; empty where the worker left none that can be read.
  private static func frames(_ files: WorkerFiles) -> [Frame] {
    guard let text = try? TextFile.read(files.trapReport), let report = try? TrapReport(parsing: text) else {
      return []
    }
    return report.symbolizer().frames(of: report.stack)
  }

  private static func name(_ signal: Int32) -> String {
    let names: [Int32: String] = [
      SIGILL: "SIGILL", SIGTRAP: "SIGTRAP", SIGABRT: "SIGABRT", SIGSEGV: "SIGSEGV", SIGBUS: "SIGBUS",
      SIGFPE: "SIGFPE", SIGSYS: "SIGSYS", SIGKILL: "SIGKILL", SIGTERM: "SIGTERM", SIGHUP: "SIGHUP",
    ]
    return names[signal] ?? "signal \(signal)"
  }
}
