public import SystemPackage

/// Why a directory could not be mounted at, or a mount not be asked.
public struct MountError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Problem: Hashable, Sendable {
    /// There is no such directory, or it cannot be looked at.
    case noDirectory(Errno)
    /// There is something in it.
    case notEmpty
    /// Something is mounted there already.
    case mounted(type: String)
    /// libfuse could not mount, and says why.
    case refused(Errno, String)
    /// The socket for requests could not be made.
    case noSocket(Errno)
    /// Nothing is mounted there, or something else.
    case notOurs
    /// The process that served it does not answer.
    case noAnswer(Errno)
    /// It answers, but not as this program understands it.
    case strangeAnswer
  }

  public var problem: Problem
  public var directory: String

  init(_ problem: Problem, _ directory: String) {
    self.problem = problem
    self.directory = directory
  }

  public var description: String {
    switch problem {
    case .noDirectory(let errno): "cannot mount at '\(directory)': \(errno). It must be an empty directory"
    case .notEmpty:
      "cannot mount at '\(directory)': there are files in it, which the mount would hide. Name an empty directory"
    case .mounted(let type):
      "cannot mount at '\(directory)': a file system of type \(type) is mounted there. Unmount it, or name another directory"
    case .refused(let errno, let message):
      """
      cannot mount at '\(directory)': \(message.isEmpty ? "\(errno)" : message). It takes /dev/fuse, and root's right to \
      mount or the setuid program fusermount3 (Debian: apt-get install fuse3); a container needs \
      --device /dev/fuse --cap-add SYS_ADMIN
      """
    case .noSocket(let errno):
      "cannot make the control socket of '\(directory)': \(errno). Set TMPDIR to a short path that can be written to"
    case .notOurs:
      "'\(directory)' is not a mount of lrvm-torture. Start one with 'lrvm-torture mount \(directory)'"
    case .noAnswer(let errno):
      "the process that serves '\(directory)' does not answer: \(errno). Start it again with 'lrvm-torture mount \(directory)'"
    case .strangeAnswer: "the process that serves '\(directory)' is of another version of this program"
    }
  }
}
