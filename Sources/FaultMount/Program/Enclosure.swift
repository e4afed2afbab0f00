internal import CEnclosure

/// Namespaces in which programs run, one at a time, each with a file system of this process at one and the same path.
///
/// The owner of the keeper, a process of its own (see CEnclosure.h): when this value goes, or this process ends in
/// whatever way, everything that runs in the enclosure is killed, and its mount is gone.
///
/// Threading: one thread at a time.
struct Enclosure: ~Copyable {
  private var door: cenclosure
  let directory: String

  /// How a program ended, as the keeper says.
  struct Ending {
    var error: EnclosureError?
    var waitStatus: Int32
    var leftoverCount: Int
    var processorNanoseconds: Int
  }

  /// Makes the namespaces, and mounts at `directory`, an existing directory by its absolute path.
  init(mountingAt directory: String) throws(EnclosureError) {
    var door = cenclosure()
    var step = CENCLOSURE_CLONE
    let status = unsafe directory.withCString { path in unsafe cenclosure_open(path, &door, &step) }
    if status != 0 { throw EnclosureError(step.rawValue, status, directory: directory) }
    self.door = door
    self.directory = directory
  }

  deinit {
    var door = door
    unsafe cenclosure_close(&door)
  }

  /// /dev/fuse, mounted. Whoever serves it closes it, before this value goes: a program may be waiting for an answer.
  var fuseDescriptor: Int32 { door.fuse }

  /// Whether the enclosure needed a user namespace.
  var hasUserNamespace: Bool { door.has_user_namespace != 0 }

  /// Who programs run as.
  var user: UInt32 { door.user }
  var group: UInt32 { door.group }

  /// What the keeper says of the program.
  enum News {
    case runs
    /// It waits for `release`: the number of its process, as this process sees it.
    case isHeld(process: Int32)
    case ended(Ending)
  }

  /// Starts a program with the entry `entry` of the mount's root at `directory`.
  ///
  /// - Parameter isHeld: whether it waits for `release` before it does anything.
  func start(_ command: ProgramCommand, on entry: String, isHeld: Bool) throws(EnclosureError) {
    var text: [UInt8] = []
    var variables = command.environment.map { "\($0.key)=\($0.value)" }
    variables.sort()
    for string in [entry, command.workingDirectory] + command.arguments + variables {
      text += string.utf8
      text.append(0)
    }
    var door = door
    let status = unsafe text.withUnsafeBytes { bytes in
      unsafe cenclosure_start(
        &door, bytes.baseAddress, bytes.count, UInt32(command.arguments.count), UInt32(variables.count),
        UInt32(command.firstProcess), isHeld ? 1 : 0)
    }
    if status != 0 { throw EnclosureError(CENCLOSURE_EXECUTE.rawValue, status, directory: directory) }
  }

  /// Lets the program that is held go on.
  func release() {
    var door = door
    // Where the keeper is gone, so is the program; `news` says so.
    _ = unsafe cenclosure_release(&door)
  }

  /// Kills what runs.
  func kill() {
    var door = door
    // Where the keeper is gone, so is what it ran; `news` says so.
    _ = unsafe cenclosure_kill(&door)
  }

  /// What has become of the program.
  func news() throws(EnclosureError) -> News {
    var door = door
    var ending = cenclosure_ending()
    var held: Int32 = 0
    let status = unsafe cenclosure_news(&door, &ending, &held)
    if status < 0 { throw EnclosureError(CENCLOSURE_TALK.rawValue, status, directory: directory) }
    switch cenclosure_news(rawValue: UInt32(status)) {
    case CENCLOSURE_RUNS: return .runs
    case CENCLOSURE_HELD: return .isHeld(process: held)
    default: break
    }
    return .ended(
      Ending(
        error: ending.error == 0
          ? nil : EnclosureError(UInt32(ending.step), ending.error, directory: directory),
        waitStatus: ending.wait_status, leftoverCount: Int(ending.leftovers),
        processorNanoseconds: Int(ending.processor_nanoseconds)))
  }

  /// What may be ready.
  struct Ready: OptionSet {
    let rawValue: Int32
    static let fuse = Ready(rawValue: 1)
    static let control = Ready(rawValue: 2)
    static let output = Ready(rawValue: 4)
    static let errors = Ready(rawValue: 8)
  }

  /// Waits for a call of the kernel, the keeper, or output, for at most `milliseconds`.
  func wait(milliseconds: Int32) -> Ready {
    let descriptors = [door.fuse, door.control, door.output, door.errors]
    let ready = unsafe descriptors.withUnsafeBufferPointer { descriptors in
      unsafe cenclosure_wait(descriptors.baseAddress, Int32(descriptors.count), milliseconds)
    }
    return Ready(rawValue: max(0, ready))
  }

  /// As much as a pipe may hold (pipe(7)).
  private static let pipeBytesMax = 1 << 20

  /// Appends what there is of a program's output to `bytes`; `source` is `.output` or `.errors`. What the program adds meanwhile may be
  /// left for the next time: it can be as quick as whoever drains.
  func drain(_ source: Ready, to bytes: inout [UInt8]) {
    let descriptor = source == .output ? door.output : door.errors
    let end = bytes.count + Self.pipeBytesMax
    while bytes.count < end {
      let count = unsafe withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 16) { buffer in
        let count = unsafe cenclosure_read(descriptor, buffer.baseAddress, buffer.count)
        if count > 0 { unsafe bytes.append(contentsOf: buffer[..<Int(count)]) }
        return count
      }
      if count <= 0 { return }
    }
  }
}
