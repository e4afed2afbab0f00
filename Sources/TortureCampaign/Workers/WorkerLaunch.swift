import Glibc
package import SystemPackage
import TortureCore
package import TortureFailures

/// How worker processes are started: the program, and what makes it a worker.
package struct WorkerLaunch: Sendable {
  /// The program.
  package var executable: FilePath
  /// Its arguments, to which `--trap-report PATH --case-limit SECONDS --memory-limit BYTES` are added.
  package var arguments: [String]
  /// How long a case may take, in seconds.
  package var caseLimitSeconds: Int

  /// How much memory a worker may take, in bytes; 0 for no limit.
  package var memoryLimitBytes = WorkerLaunch.memoryLimitBytesDefault

  /// By default a worker may take 4 GiB.
  package static let memoryLimitBytesDefault = 4 << 30
  /// By default a case may take two minutes.
  package static let caseLimitSecondsDefault = 120

  /// A launch of `executable` with `arguments`.
  package init(
    executable: FilePath, arguments: [String], caseLimitSeconds: Int = WorkerLaunch.caseLimitSecondsDefault
  ) {
    self.executable = executable
    self.arguments = arguments
    self.caseLimitSeconds = caseLimitSeconds
  }

  /// The same with the memory that the process of `reproducer` had where it trapped.
  package func within(limitOf reproducer: Reproducer) -> WorkerLaunch {
    var launch = self
    if let trap = reproducer.finding.trap {
      launch.memoryLimitBytes = trap.memoryLimitBytes ?? memoryLimitBytes
    }
    return launch
  }

  /// This very program with the argument `worker`.
  package static func ownExecutable() throws(WorkerError) -> WorkerLaunch {
    // Not the name that it was called by: that may be relative, or found in PATH.
    guard let target = unsafe realpath("/proc/self/exe", nil) else {
      throw WorkerError("cannot find this program's own file: \(Errno(rawValue: errno))")
    }
    defer { unsafe free(target) }
    return WorkerLaunch(executable: FilePath(unsafe String(cString: target)), arguments: ["worker"])
  }
}
