import CallStack
import Glibc
import SystemPackage
import TextFiles
package import TortureCore
import TortureFailures

/// The life of a worker process: it answers one request after the other until its standard input ends.
///
/// Four things keep a bad case from hurting more than itself. A trap handler writes the trap's call stack to a file
/// of the campaign before the process dies. `alarm` ends a case that takes too long. A limit on its memory makes an
/// allocation fail, and trap, before the machine has none left. And answers leave through a descriptor of their own: what a
/// case prints by mistake goes to standard error. A worker whose campaign was killed ends at once.
package enum WorkerLoop {
  /// Answers requests until the input ends.
  ///
  /// - Parameters:
  ///   - tasks: what it can be asked for.
  ///   - trapReportPath: the file that a trap's report is written to; nil for none.
  ///   - caseLimitSeconds: how long a case may take, in seconds, before SIGALRM ends the process; 0 for no limit.
  ///   - memoryLimitBytes: how much memory the process may take, in bytes; 0 for no limit.
  /// - Throws: where the file cannot be opened, or a request is not one.
  package static func run(
    _ tasks: WorkerTasks, trapReportPath: String?, caseLimitSeconds: Int, memoryLimitBytes: Int = 0
  ) throws(WorkerError) {
    // The campaign hears of Ctrl-C as well, and ends its workers by closing their input.
    for number in Interruption.signals { signal(number, SIG_IGN) }
    let answers: FileDescriptor
    do {
      answers = try FileDescriptor.standardOutput.duplicate()
      _ = try FileDescriptor.standardError.duplicate(as: .standardOutput)
      try endWithReader(of: answers)
      if let trapReportPath {
        let report = try FileDescriptor.open(
          FilePath(trapReportPath), .writeOnly, options: [.create, .append, .closeOnExec],
          permissions: .filePermissions)
        try TrapHandler.arm(descriptor: report.rawValue)
      }
      try limitMemory(memoryLimitBytes)
      let memory = WorkerMemory()
      try say(readyWord, to: answers)
      while let line = readLine(strippingNewline: true) {
        try say(begunWord, to: answers)
        alarm(UInt32(clamping: caseLimitSeconds))
        let answer = try tasks.perform(line, memory)
        alarm(0)
        try say(answer, to: answers)
      }
    } catch {
      throw WorkerError("a worker cannot continue: \(error)")
    }
  }

  /// Ends the process as soon as nobody is left to read an answer, whatever it is doing then.
  private static func endWithReader(of answers: FileDescriptor) throws {
    var thread = pthread_t()
    let argument = unsafe UnsafeMutableRawPointer(bitPattern: Int(answers.rawValue))
    let result = unsafe pthread_create(
      &thread, nil,
      { argument in
        // No event is asked for: that the other end is closed is always reported.
        var pipe = pollfd(fd: Int32(Int(bitPattern: argument)), events: 0, revents: 0)
        repeat {
          _ = unsafe poll(&pipe, 1, -1)
        } while Int32(pipe.revents) & POLLERR == 0
        _exit(CommandStatus.success.rawValue)
      }, argument)
    guard result == 0 else { throw Errno(rawValue: result) }
    pthread_detach(thread)
  }

  private static func limitMemory(_ bytes: Int) throws {
    guard bytes > 0 else { return }
    let resource = __rlimit_resource_t(RLIMIT_DATA.rawValue)
    var limit = rlimit()
    guard unsafe getrlimit(resource, &limit) == 0 else { throw Errno(rawValue: errno) }
    limit.rlim_cur = min(limit.rlim_max, rlim_t(bytes))
    guard unsafe setrlimit(resource, &limit) == 0 else { throw Errno(rawValue: errno) }
  }

  /// Said once, before the first task: the worker has started.
  static let readyWord = "ready"
  /// Said before each answer: the worker has taken the task, and dies of it if it dies.
  static let begunWord = "begun"

  private static func say(_ line: String, to answers: FileDescriptor) throws {
    try answers.writeAll((line + "\n").utf8)
  }
}

/// A worker process that cannot start, cannot go on, or answers nonsense: the harness itself failed.
package struct WorkerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong.
  package var description: String

  package init(_ description: String) {
    self.description = description
  }
}
