/// Stops the program with a message when a programmer's assumption does not hold.
///
/// `precondition` prints nothing in release builds; this prints the values that broke it.
@inline(__always)
func invariant(
  _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
  file: StaticString = #fileID, line: UInt = #line
) {
  if !condition() { violated(message(), file, line) }
}

@inline(never)
private func violated(_ message: String, _ file: StaticString, _ line: UInt) -> Never {
  fatalError(message, file: file, line: line)
}
