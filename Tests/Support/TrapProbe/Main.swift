import CallStack
import Glibc

/// A program that traps on demand, for the tests of the trap handler. Its record goes to standard output.
///
///     trap-probe KIND
///
/// The tests find the line that traps by the comment at its end.
@main
struct TrapProbe {
  static func main() throws {
    guard CommandLine.arguments.count == 2 else { exit(64) }
    try TrapHandler.arm(descriptor: STDOUT_FILENO)
    let probe = TrapProbe(opaque: CommandLine.argc)
    switch CommandLine.arguments[1] {
    case "precondition": probe.failPrecondition()
    case "index": probe.indexOutOfRange()
    case "overflow": probe.overflow()
    case "inlined-overflow": probe.overflowInlined()
    case "nil": probe.unwrapNil()
    case "fatal-error": probe.stopWithFatalError()
    case "bad-pointer": probe.loadFromBadPointer()
    case "abort": probe.callAbort()
    case "stack-overflow": print(probe.recurseForever(0))
    case "stack-overflow-on-thread": probe.overflowThreadStack()
    case "none": break
    default: exit(64)
    }
  }

  /// A number that the optimizer does not know: the count of arguments, which is 2.
  let opaque: Int32

  @inline(never) func failPrecondition() {
    precondition(opaque < 0, "the probe's precondition")  // trap: precondition
  }

  @inline(never) func indexOutOfRange() {
    let numbers = [Int32](repeating: 1, count: Int(opaque))
    print(numbers[Int(opaque) + 5])  // trap: index
  }

  @inline(never) func overflow() {
    print(Int32.max - 1 + opaque)  // trap: overflow
  }

  @inline(never) func overflowInlined() {
    print(doubledTwice(Int32.max / 4 + opaque))  // inlined: overflow
  }

  @inline(always) func doubledTwice(_ number: Int32) -> Int32 {
    number * 4  // trap: inlined-overflow
  }

  @inline(never) func unwrapNil() {
    let number: Int? = opaque == 2 ? nil : 1
    // swift-format-ignore: NeverForceUnwrap
    print(number!)  // trap: nil
  }

  @inline(never) func stopWithFatalError() {
    if opaque == 2 { fatalError("the probe's fatal error") }  // trap: fatal-error
  }

  @inline(never) func loadFromBadPointer() {
    let pointer = unsafe UnsafePointer<Int>(bitPattern: 0x10 * Int(opaque))
    if let pointer = unsafe pointer {
      print(unsafe pointer.pointee)  // trap: bad-pointer
    }
  }

  @inline(never) func callAbort() {
    if opaque == 2 { abort() }  // trap: abort
  }

  @inline(never) func recurseForever(_ depth: Int) -> Int {
    if depth == Int.max { return depth }
    let deeper = recurseForever(depth + 1)  // trap: stack-overflow
    return deeper ^ (deeper >> 1) &+ Int(opaque)  // so that no loop can replace the recursion
  }

  @inline(never) func overflowThreadStack() {
    var thread = pthread_t()
    let error = unsafe pthread_create(
      &thread, nil,
      { _ in
        do { try TrapHandler.armThread() } catch { exit(3) }
        print(TrapProbe(opaque: 2).recurseForever(0))
        return nil
      }, nil)
    if error == 0 { pthread_join(thread, nil) }
  }
}
