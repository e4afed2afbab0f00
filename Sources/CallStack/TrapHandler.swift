import CCallStack
import Glibc

/// Lets a process that dies by a trap say where.
///
/// A failed precondition, an index out of range, an overflow, a nil that was unwrapped, `fatalError`, a bad pointer,
/// `abort` and a stack overflow all end in one of SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE and SIGABRT. Once armed,
/// such a signal is met by a handler that takes the stack of the trap with libunwind, writes it as a record of a few
/// lines of text to a descriptor, and lets the process die by that same signal. Whoever holds the other end of the
/// descriptor reads the record with `TrapReport`.
///
/// SIGALRM is treated alike, so that a process that hangs and is ended by `alarm` says where it hung: the thread that
/// called `arm` last.
///
/// - The handler calls nothing that may not be called in a signal handler. libunwind takes the loader's lock: a
///   thread that traps inside `dlopen` may wait for it forever, so a parent needs a time limit anyway.
/// - Swift's own backtracer answers the same signals, and takes seconds. Arming puts this handler in its place, but a
///   trap before that would still start it: set `SWIFT_BACKTRACE=enable=no` in the environment of a process that is
///   meant to trap.
/// - Only traps of signals that reach a handler can be told: a process killed by SIGKILL leaves no record.
public enum TrapHandler {
  /// Arms the process, and the calling thread in full. The modules loaded now are listed in the record; code from a
  /// library that is loaded later appears there as unknown, unless `arm` is called again.
  ///
  /// Not to be called by two threads at once.
  ///
  /// - Parameter descriptor: Where the record goes: a file, or a pipe whose other end is read meanwhile (a record is
  ///   some kilobytes). It must stay open. A later call puts another one in its place.
  public static func arm(descriptor: Int32) throws(TrapHandlerError) {
    let preamble = TrapReport.preamble(modules: LoadedModule.loaded())
    let error = unsafe ccallstack_arm(descriptor, preamble, preamble.utf8.count)
    if error != 0 {
      throw TrapHandlerError(
        action: "arm the trap handler with descriptor \(descriptor)", errorNumber: error)
    }
  }

  /// Gives the calling thread a signal stack of its own, which is freed when the thread ends. Without one, a thread
  /// other than the one that called `arm` records every trap but a stack overflow. Calling it again does nothing.
  public static func armThread() throws(TrapHandlerError) {
    let error = ccallstack_arm_thread()
    if error != 0 {
      throw TrapHandlerError(action: "give a thread a signal stack", errorNumber: error)
    }
  }
}

/// The system refused what the trap handler needs.
public struct TrapHandlerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was being done.
  public let action: String

  /// The system's `errno`.
  public let errorNumber: Int32

  /// What failed and why, and what to do next.
  public var description: String {
    let reason = unsafe strerror(errorNumber).map { unsafe String(cString: $0) } ?? "unknown error"
    return "cannot \(action): \(reason) (errno \(errorNumber)); a trap would go unrecorded, so check the "
      + "descriptor and the limits of this process before running anything that may trap"
  }
}
