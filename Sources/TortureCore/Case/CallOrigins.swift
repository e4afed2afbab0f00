import CallStack

/// Numbers for the places in a store that make storage calls: one for each call stack, in the order in which they are first met.
///
/// So a number says nothing of addresses, and is the same in each run of the case by the same build.
package final class CallOrigins {
  private var numbers: [CallStack: Int] = [:]

  package init() {}

  /// The number of the caller's stack.
  func number() -> Int {
    // Without this function and the closure that calls it.
    let stack = CallStack.capture(skippingInnermost: 2)
    if let known = numbers[stack] { return known }
    numbers[stack] = numbers.count
    return numbers.count - 1
  }
}
