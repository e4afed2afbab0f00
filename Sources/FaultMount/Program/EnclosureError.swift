internal import CEnclosure
public import SystemPackage

/// Why no enclosure could be made, or why it is gone: what failed, and how.
public struct EnclosureError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What the enclosure's keeper was doing.
  public enum Step: UInt32, Hashable, Sendable {
    case clone, mapUsers, makePrivate, openFuse, mount, bind, directory, execute, talk
  }

  public var step: Step
  public var errno: Errno
  /// The directory at which the enclosure mounts.
  public var directory: String

  init(_ step: Step, _ errno: Errno, directory: String) {
    self.step = step
    self.errno = errno
    self.directory = directory
  }

  /// In the terms of the door, which counts its steps as `Step` does.
  init(_ step: UInt32, _ status: Int32, directory: String) {
    self.init(Step(rawValue: step) ?? .talk, Errno(rawValue: -status), directory: directory)
  }

  public var description: String {
    switch step {
    case .clone, .mapUsers, .makePrivate:
      """
      cannot make a mount namespace for programs: \(errno). It takes root's right to mount, or user namespaces. Run as \
      root (in a container with --device /dev/fuse --cap-add SYS_ADMIN), or allow user namespaces: \
      sysctl kernel.unprivileged_userns_clone=1 on Debian, kernel.apparmor_restrict_unprivileged_userns=0 on Ubuntu, \
      user.max_user_namespaces above 0 anywhere
      """
    case .openFuse:
      """
      cannot open /dev/fuse: \(errno). Load the kernel's module (modprobe fuse), give the container the device \
      (--device /dev/fuse), or give this user read and write permission on it
      """
    case .mount:
      """
      cannot mount at '\(directory)': \(errno). It must be a directory, and a container needs \
      --device /dev/fuse --cap-add SYS_ADMIN --security-opt apparmor=unconfined
      """
    case .bind: "cannot put the store at '\(directory)': \(errno)"
    case .directory: "cannot go to the program's working directory: \(errno)"
    case .execute: "cannot execute the program: \(errno)"
    case .talk: "the process that keeps the programs' namespace does not answer: \(errno)"
    }
  }
}
