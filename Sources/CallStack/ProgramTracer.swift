import CTracer
import Glibc

/// Follows a program of another process, with all its threads and all that it starts, and knows the call stack of each thread that
/// is in a system call, without stopping it there.
///
/// It takes ptrace(2), which systems may refuse. The program runs slower, and otherwise as it does alone: signals arrive, and what it
/// executes is executed. It is killed where the tracer goes before it.
///
/// Threading: `stack` from one thread at a time.
@safe
public final class ProgramTracer {
  private let door: OpaquePointer
  /// Programs have few sets of modules, and many stacks.
  private var symbolizers: [[LoadedModule]: Symbolizer] = [:]

  /// Why a program is not followed.
  public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    public let errno: Int32

    public var description: String {
      "ptrace: \(unsafe String(cString: strerror(errno)))"
    }
  }

  /// Begins to follow a process, which waits for something until this returns.
  ///
  /// - Parameter process: its number, as this process sees it.
  public init(following process: Int32) throws(Refusal) {
    var door: OpaquePointer?
    let status = unsafe ctracer_follow(process, &door)
    guard status == 0, let door = unsafe door else { throw Refusal(errno: -status) }
    unsafe self.door = door
  }

  deinit {
    unsafe ctracer_end(door)
  }

  /// The stack of a thread that waits in a system call.
  ///
  /// - Parameter thread: its number in the process namespace right below this process's own.
  /// - Returns: nil where no such thread is followed, or it is in no system call: it has touched memory that is mapped.
  public func stack(ofInnerThread thread: Int32) -> TracedStack? {
    var place = ctracer_place()
    guard unsafe ctracer_find(door, thread, &place) == 1 else { return nil }
    let addresses = unsafe withUnsafeTemporaryAllocation(
      of: UInt.self, capacity: Int(ctracer_addresses_max)
    ) { buffer in
      let count = unsafe ctracer_unwind(&place, buffer.baseAddress)
      return unsafe [UInt](buffer[..<Int(count)])
    }
    if addresses.isEmpty { return nil }
    let modules = LoadedModule.loaded(inProcess: place.thread)
    let symbolizer = symbolizers[modules] ?? Symbolizer(modules: modules)
    symbolizers[modules] = symbolizer
    let python = symbolizer.python.flatMap { interpreter in
      PythonThread(interpreter, in: RemoteMemory(thread: place.thread)).map { python in
        (interpreter.module, python.frames(ofThread: thread))
      }
    }
    return TracedStack(
      stack: CallStack(addresses: addresses), symbolizer: symbolizer, interpreter: python?.0 ?? "",
      pythonFrames: python?.1 ?? [])
  }
}

/// Where a thread of another process was. Its frames can be looked up when the process has long ended.
public struct TracedStack: Sendable {
  let stack: CallStack
  let symbolizer: Symbolizer
  /// The module of Python's interpreter, and the functions in Python; empty where it runs none.
  let interpreter: String
  let pythonFrames: [Frame]

  /// Innermost first, from the C library's function that made the system call. Where the interpreter of Python comes, and all that called
  /// it, stand the functions in Python.
  public var frames: [Frame] {
    let frames = symbolizer.frames(of: stack)
    return pythonFrames.isEmpty ? frames : frames.prefix { $0.module != interpreter } + pythonFrames
  }
}

extension LoadedModule {
  /// The modules of another process at this moment: each file of which code is mapped.
  static func loaded(inProcess process: Int32) -> [LoadedModule] {
    unsafe collect { visitor, modules in unsafe ctracer_visit_modules(process, visitor, modules) }
  }
}
