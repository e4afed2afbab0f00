import CallStack
import FaultFS
import FaultMount
import Foundation
import KernelDisk
import Synchronization
import SystemPackage
import TextFiles
import TortureCore

/// The mount that this process runs programs on: one for all cases, made when it is first needed.
final class ProgramStage {
  private let mount: ProgramMount
  private let folder: URL

  /// Where the acknowledged lines are, for a checker that gets them.
  private var acknowledged: URL { folder.appendingPathComponent("acknowledged-\(getpid())") }

  /// What a store is to do in a process of its own.
  var taskFile: URL { folder.appendingPathComponent("task-\(getpid())") }

  /// What a program runs for. Each has process numbers of its own: a lock that names a process which had it when power was cut
  /// must not seem to be held by the process that finds it.
  enum Role: Int {
    case setup = 2
    case workload = 1002
    case check = 2002
  }

  private struct Shared: ~Copyable, @unchecked Sendable {
    var stage: ProgramStage?
    /// By their lines and limits, what is known of the checkers that this process ran.
    var memories: [SectionValues: ProgramMemory] = [:]
  }

  /// A case runs on one thread, and a worker has one case at a time.
  private static let kept = Mutex(Shared())

  /// What is known of a checker; nothing once it did something else where it saw the same.
  static func memory(of checker: SectionValues) -> ProgramMemory {
    kept.withLock { shared in
      if let known = shared.memories[checker], known.divergence == nil { return known }
      let new = ProgramMemory()
      shared.memories[checker] = new
      return new
    }
  }

  /// The stage of this process.
  static func shared() throws(ProgramProblem) -> ProgramStage {
    let stage = kept.withLock { $0.stage }
    if let stage { return stage }
    let made = try ProgramStage()
    kept.withLock { $0.stage = made }
    return made
  }

  /// In a copy of a process: the stage is the process's, which alone may end it, and the copy makes its own.
  static func leaveToParent() {
    kept.withLock { shared in
      if let stage = shared.stage { _ = unsafe Unmanaged.passRetained(stage) }
      shared.stage = nil
    }
  }

  private init() throws(ProgramProblem) {
    // One path for everything that a user runs: in a mount namespace of its own each process has it for itself.
    folder = URL(fileURLWithPath: "/tmp/lrvm-torture-\(getuid())")
    let store = folder.appendingPathComponent("store")
    do {
      try FileManager.default.createDirectory(at: store, withIntermediateDirectories: true)
      // A program may go on as another user, who finds the store by its path, and nothing else here.
      try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: folder.path)
    } catch {
      throw ProgramProblem(
        "cannot make the directory '\(store.path)' for stores: \(error.localizedDescription)")
    }
    do {
      mount = try ProgramMount(at: store.path)
    } catch {
      throw ProgramProblem(error.description)
    }
  }

  /// The path of the store.
  var directory: String { mount.directory }

  func volume(on disk: FaultDisk) -> FaultVolume { mount.volume(on: disk) }

  /// Tells a checker that is given some lines from one that is given others.
  private static func root(of lines: [String]) -> Int {
    Int(truncatingIfNeeded: TextHash.of(lines.joined(separator: "\n"))) | 1
  }

  /// Runs a line of a shell.
  ///
  /// - Parameters:
  ///   - role: what it is for.
  ///   - fileSystem: what is mounted above the volume's disk; nil: it runs on the volume itself.
  ///   - options: the section `program` of the scenario.
  ///   - lines: what it finds in the file `$ACKNOWLEDGED`; nil where it gets none.
  ///   - memory: what is known of earlier runs of the same line.
  ///   - watcher: is shown what is read and changed; nil where there is a memory.
  ///   - trace: is given where its threads are at each storage call; nil: it is not traced.
  ///   - served: called after each of its calls on its files.
  func run(
    _ line: String, as role: Role, on volume: FaultVolume, _ fileSystem: KernelFileSystem?,
    _ options: SectionValues,
    acknowledged lines: [String]? = nil, memory: ProgramMemory? = nil, watcher: (any DataWatcher)? = nil,
    trace: ProgramTrace? = nil,
    served: () -> Void = {}
  ) throws(ProgramProblem) -> ProgramRun {
    var environment = ProcessInfo.processInfo.environment
    environment["STORE"] = directory
    // What a language keeps in a buffer is acknowledged when the buffer is full.
    environment["PYTHONUNBUFFERED"] = environment["PYTHONUNBUFFERED"] ?? "1"
    environment["PYTHONHASHSEED"] = environment["PYTHONHASHSEED"] ?? "0"
    if let lines {
      environment["ACKNOWLEDGED"] = acknowledged.path
      try Self.write(lines.map { $0 + "\n" }.joined(), to: acknowledged.path)
    }
    defer { if lines != nil { try? FileManager.default.removeItem(at: acknowledged) } }
    let working = URL(fileURLWithPath: options.text("directory")).standardizedFileURL.path
    var command = ProgramCommand(
      shell: line, workingDirectory: working, environment: environment,
      timeLimitMilliseconds: options.integer("time_limit") * (trace == nil ? 1 : Self.slownessOfTracing),
      outputBytesMax: options.integer("output_limit"))
    command.firstProcess = role.rawValue
    if let fileSystem { command.arguments = onDisk(fileSystem) + command.arguments }
    do {
      if let trace { return try run(command, on: volume, trace, served) }
      return try mount.run(
        command, on: volume, memory: memory, root: lines.map(Self.root) ?? 0, watcher: watcher, served: served
      )
    } catch {
      throw ProgramProblem(error.description)
    }
  }

  /// Makes an empty file system on a new disk.
  func make(_ fileSystem: KernelFileSystem, on volume: FaultVolume) throws(ProgramProblem) {
    let run = try run(KernelDisk.making(fileSystem, at: directory), on: volume)
    if let failure = ProgramSystem.failure(run) {
      throw ProgramProblem("the making of an empty \(fileSystem.name) \(failure)")
    }
  }

  /// Runs a command of this program itself.
  ///
  /// - Parameter fileSystem: what is mounted above the volume's disk.
  func runSelf(
    _ arguments: [String], on volume: FaultVolume, _ fileSystem: KernelFileSystem,
    watcher: (any DataWatcher)? = nil
  ) throws(ProgramProblem) -> ProgramRun {
    let command = ProgramCommand(
      arguments: onDisk(fileSystem) + [Self.executable] + arguments, workingDirectory: "/",
      environment: ProcessInfo.processInfo.environment, timeLimitMilliseconds: 120_000,
      outputBytesMax: 1 << 28)
    return try run(command, on: volume, watcher: watcher)
  }

  /// What mounts the file system at the store's path, for the command that follows.
  private func onDisk(_ fileSystem: KernelFileSystem) -> [String] {
    [
      Self.executable, OnDiskCommand.name, directory, fileSystem.type, fileSystem.options,
      fileSystem.repairing, "--",
    ]
  }

  private static let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path

  private func run(
    _ command: ProgramCommand, on volume: FaultVolume, watcher: (any DataWatcher)? = nil
  ) throws(ProgramProblem) -> ProgramRun {
    do {
      return try mount.run(command, on: volume, watcher: watcher)
    } catch {
      throw ProgramProblem(error.description)
    }
  }

  /// Writes what a program is given besides its store, without waiting for any disk.
  static func write(_ text: String, to path: String) throws(ProgramProblem) {
    do {
      try FileTree.replace(FilePath(path), with: text)
    } catch {
      throw ProgramProblem(error.description)
    }
  }

  /// How much longer a program may take whose threads are stopped at each system call.
  private static let slownessOfTracing = 10

  private func run(
    _ command: ProgramCommand, on volume: FaultVolume, _ trace: ProgramTrace, _ served: () -> Void
  ) throws(EnclosureError) -> ProgramRun {
    var tracer: ProgramTracer?
    let number = volume.disk.witness
    volume.disk.witness = { [mount] in
      trace.stacks.append(mount.caller.flatMap { tracer?.stack(ofInnerThread: $0) })
      return number?() ?? trace.stacks.count - 1
    }
    defer { volume.disk.witness = number }
    return try mount.run(
      command, on: volume,
      held: { process in
        do throws(ProgramTracer.Refusal) {
          tracer = try ProgramTracer(following: process)
        } catch {
          trace.refusal = error.description
        }
      }, served: served)
  }
}
