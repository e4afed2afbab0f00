import CallStack
import Glibc
package import Subprocess
import TextFiles
package import TortureCore

/// What is made of a worker that died while a case was open.
///
/// A signal that a process brings upon itself is a trap: it speaks against the system under test. SIGALRM is the time
/// limit of a case, and its stack says where the case was then. Any other signal came from outside, for instance from a system that is out of memory: the case
/// could not be judged. A worker that left by itself is broken, and with it the harness.
package enum WorkerDeath {
  case trapped(Trap)
  /// The reason; and where it was when its time was up, if that is the reason.
  case failed(String, hang: Trap? = nil)

  /// - Parameters:
  ///   - launch: how the worker was started.
  ///   - files: where the worker left its trap report and its last words.
  ///   - moment: when it died, as an error says it.
  package init(
    _ status: TerminationStatus, of launch: WorkerLaunch, files: WorkerFiles,
    moment: String = "in the middle of a case"
  ) throws(WorkerError) {
    guard case .signaled(let signal) = status else {
      throw WorkerError("a worker ended \(moment) (\(status)); it said: \(files.said())")
    }
    switch signal {
    case SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGSYS:
      var trap = Self.trap(signal, files.fatalError(), files)
      if launch.memoryLimitBytes > 0 { trap.memoryLimitBytes = launch.memoryLimitBytes }
      self = .trapped(trap)
    case SIGALRM:
      let reason = "timed out after \(launch.caseLimitSeconds) s"
      self = .failed(reason, hang: Self.trap(signal, reason, files))
    default:
      self = .failed("its process was killed with \(Self.name(signal))")
    }
  }

  /// Why, in a few words.
  var reason: String {
    switch self {
    case .trapped(let trap): trap.message.map { "\(trap.signal), \($0)" } ?? trap.signal
    case .failed(let reason, _): reason
    }
  }

  /// The result of the case that the worker died in.
  package func result(scenario: String, seed: UInt64) -> CaseResult {
    switch self {
    case .trapped(let trap):
      CaseResult(
        scenario: scenario, seed: seed, verdict: .trapped, violationCount: 1,
        findings: [Finding(id: "\(scenario)-\(seed)-\(trap.signal)", trap: trap)])
    case .failed(let reason, let hang):
      CaseResult(
        scenario: scenario, seed: seed, verdict: .failed,
        findings: hang.map { [Finding(id: "\(scenario)-\(seed)-\($0.signal)", trap: $0)] } ?? [],
        reason: reason)
    }
  }

  private static func trap(_ signal: Int32, _ message: String?, _ files: WorkerFiles) -> Trap {
    Trap(signal: name(signal), message: message, stack: frames(files).map { StackFrame($0) })
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
      SIGALRM: Trap.timeout,
    ]
    return names[signal] ?? "signal \(signal)"
  }
}
