public import FaultFS
internal import SystemPackage

/// One mount on which programs run, one after the other, each with a volume of its own at one and the same path.
///
/// A program's volume is a directory of the mount, bound to that path in the namespaces in which programs run
/// (`Enclosure`); nobody else sees it. Inodes of different volumes never have the same number for the kernel, so nothing of
/// an earlier program's files is in its caches, while `stat` shows a volume's own numbers, which are the same each time.
///
/// While a program runs, this process answers its calls, one after the other: the volume, and whatever it asks (a crash
/// window's resolver), run on the calling thread. What the program prints is read before each of its calls is
/// answered, so a line has its exact place among the calls of the thread that printed it.
///
/// When this value or its process goes, in whatever way, nothing stays mounted or running.
///
/// Threading: one thread at a time.
public final class ProgramMount {
  private let enclosure: Enclosure
  private var session: FuseSession?
  private let server: VolumeServer
  private let present: Present

  /// The run under way.
  private final class Present {
    /// Where it is written down.
    var course: ProgramMemory.Course?
    /// The thread that made the call that is being served.
    var caller: Int32 = 0
    weak var watcher: (any DataWatcher)?
  }

  /// Makes the namespaces and mounts.
  ///
  /// - Parameter directory: where programs find their volume, an existing directory by its absolute path. What is in it
  ///   is hidden from the programs, and from nobody else.
  public init(at directory: String) throws(EnclosureError) {
    let server = VolumeServer(root: .volumesByNumber)
    let present = Present()
    let enclosure = try Enclosure(mountingAt: directory)
    do {
      session = try FuseSession(descriptor: enclosure.fuseDescriptor) { call in
        present.caller = call.thread
        if let course = present.course, server.concernsVolume(call) {
          call.reply(course.answer(to: call, by: server))
        } else {
          let answer = server.answer(to: call)
          if let watcher = present.watcher { server.show(call, answer, to: watcher) }
          call.reply(answer)
        }
      }
    } catch {
      throw EnclosureError(.mount, error, directory: directory)
    }
    self.server = server
    self.present = present
    self.enclosure = enclosure
  }

  deinit {
    // Whoever waits for an answer gets none, and can be killed.
    session = nil
  }

  /// The path of the volumes.
  public var directory: String { enclosure.directory }

  /// Whether programs run in a user namespace of their own, because this process may not mount.
  public var hasUserNamespace: Bool { enclosure.hasUserNamespace }

  /// The file system on `disk`, which belongs, where it is made, to whom programs run as: where they run in a user
  /// namespace there is no other owner that they could write as.
  public func volume(on disk: FaultDisk) -> FaultVolume {
    FaultVolume(on: disk, owner: enclosure.user, group: enclosure.group)
  }

  /// The thread that made the call that is being served, by its number in the programs' process namespace, which is the one
  /// right below this process's own; nil where it is the kernel itself, which writes back what was stored in mapped memory.
  public var caller: Int32? { present.caller == 0 ? nil : present.caller }

  /// How many calls of the kernel were served, without those that let go of something.
  public var servedCallCount: Int { server.callCount }

  /// Runs a program to its end.
  ///
  /// - Parameters:
  ///   - command: what to run, and within which limits.
  ///   - volume: what it finds at `directory`.
  ///   - memory: what runs of the program are known; where this one would be like one of them, it is not executed.
  ///   - root: tells programs of one memory apart: by their command, and by what they are given besides the volume.
  ///   - held: called with the number of the program's process, as this process sees it, before the program does anything; nil
  ///     where nobody asks.
  ///   - watcher: is shown what the program reads and changes; nil where it has a memory, which answers in the volume's place.
  ///   - served: called after each call of the kernel that was answered.
  /// - Throws: where it could not be started, or the namespaces are gone.
  public func run(
    _ command: ProgramCommand, on volume: FaultVolume, memory: ProgramMemory? = nil, root: Int = 0,
    held: ((Int32) -> Void)? = nil, watcher: (any DataWatcher)? = nil, served: () -> Void = {}
  ) throws(EnclosureError) -> ProgramRun {
    let entry = server.show(volume)
    defer { server.hide() }
    present.watcher = watcher
    defer { present.watcher = nil }
    let course = memory.map { ProgramMemory.Course($0, root: root, on: server) }
    if let recalled = course?.recalled() { return recalled }
    present.course = course
    defer { present.course = nil }
    let run = try execute(command, entry, on: volume, held: held, served: served)
    switch run.ending {
    case .exited, .killed: course?.end(run)
    case .timeLimit, .outputLimit: course?.end(nil)
    }
    return run
  }

  private func execute(
    _ command: ProgramCommand, _ entry: String, on volume: FaultVolume, held: ((Int32) -> Void)?,
    served: () -> Void
  ) throws(EnclosureError) -> ProgramRun {
    try enclosure.start(command, on: entry, isHeld: held != nil)
    var output = ProgramOutput()
    var errors: [UInt8] = []
    var cut: ProgramRun.Ending?
    let clock = ContinuousClock()
    let deadline = clock.now + .milliseconds(command.timeLimitMilliseconds)
    while true {
      let left = cut == nil ? max(.zero, deadline - clock.now) : .seconds(60)
      let ready = enclosure.wait(milliseconds: Int32(left / .milliseconds(1)) + 1)
      if ready.contains(.fuse) {
        guard session?.serveOne(received: { takeOutput(&output, volume) }) == true else {
          throw EnclosureError(.mount, .operationNotSupportedByDevice, directory: directory)
        }
        served()
      }
      if ready.contains(.output) { takeOutput(&output, volume) }
      if ready.contains(.errors) { enclosure.drain(.errors, to: &errors) }
      if ready.contains(.control) {
        switch try enclosure.news() {
        case .runs: break
        case .isHeld(let process):
          held?(process)
          enclosure.release()
        case .ended(let ending):
          if let error = ending.error { throw error }
          takeOutput(&output, volume)
          enclosure.drain(.errors, to: &errors)
          output.end(operationCount: volume.disk.operationCount)
          return ProgramRun(
            ending: cut ?? ProgramRun.Ending(waitStatus: ending.waitStatus), lines: output.lines,
            errors: String(decoding: errors, as: UTF8.self),
            leftoverCount: cut == nil ? ending.leftoverCount : 0,
            processorNanoseconds: ending.processorNanoseconds)
        }
      }
      if cut == nil {
        if max(output.byteCount, errors.count) > command.outputBytesMax {
          cut = .outputLimit
        } else if clock.now >= deadline {
          cut = .timeLimit
        }
        if cut != nil { enclosure.kill() }
      }
    }
  }

  private func takeOutput(_ output: inout ProgramOutput, _ volume: FaultVolume) {
    var bytes: [UInt8] = []
    enclosure.drain(.output, to: &bytes)
    if !bytes.isEmpty { output.take(bytes, operationCount: volume.disk.operationCount) }
  }
}

extension ProgramRun.Ending {
  /// As waitpid has it.
  init(waitStatus: Int32) {
    let signal = waitStatus & 0x7f
    self = signal == 0 ? .exited(status: Int(waitStatus >> 8 & 0xff)) : .killed(signal: Int(signal))
  }
}
