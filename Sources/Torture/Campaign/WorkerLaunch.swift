import Glibc
public import SystemPackage

/// How worker processes are started: the program, and what makes it a worker.
public struct WorkerLaunch: Sendable {
  /// The program.
  public var executable: FilePath
  /// Its arguments, to which `--trap-report PATH --case-limit SECONDS --memory-limit BYTES` are added.
  public var arguments: [String]
  /// How long a case may take, in seconds.
  public var caseLimitSeconds: Int

  /// How much memory a worker may take, in bytes; 0 for no limit.
  public var memoryLimitBytes = WorkerLaunch.memoryLimitBytesDefault

  /// By default a worker may take 4 GiB.
  public static let memoryLimitBytesDefault = 4 << 30
  /// By default a case may take two minutes.
  public static let caseLimitSecondsDefault = 120

  /// A launch of `executable` with `arguments`.
  public init(
    executable: FilePath, arguments: [String], caseLimitSeconds: Int = WorkerLaunch.caseLimitSecondsDefault
  ) {
    self.executable = executable
    self.arguments = arguments
    self.caseLimitSeconds = caseLimitSeconds
  }

  /// This very program with the argument `worker`.
  public static func ownExecutable() throws(WorkerError) -> WorkerLaunch {
    // Not the name that it was called by: that may be relative, or found in PATH.
    guard let target = unsafe realpath("/proc/self/exe", nil) else {
      throw WorkerError("cannot find this program's own file: \(Errno(rawValue: errno))")
    }
    defer { unsafe free(target) }
    return WorkerLaunch(executable: FilePath(unsafe String(cString: target)), arguments: ["worker"])
  }
}
