import CallStack
import Testing

/// The line that calls it, so that an expectation can name the line it stands on.
private func here(_ line: Int = #line) -> Int { line }

@Suite struct CallStackTests {
  @inline(never) private func captured() -> (stack: CallStack, line: Int) {
    (CallStack.capture(), here())
  }

  @inline(never) private func recursed(_ depth: Int, skipping skipped: Int) -> CallStack {
    // Copied, so that no call is the function's last act, which the optimizer would turn into a jump.
    let stack =
      depth == 0
      ? CallStack.capture(skippingInnermost: skipped) : recursed(depth - 1, skipping: skipped)
    return CallStack(addresses: stack.addresses)
  }

  @Test func namesTheCapturingFunctionAtItsLine() throws {
    let (stack, line) = captured()
    let frame = try #require(Symbolizer().frames(of: stack).first)
    #expect(frame.function == "CallStackTests.captured()")
    #expect(frame.file == #filePath)
    #expect(frame.line == line)
    #expect(!frame.isInlined)
    #expect(!stack.beginsAtTrap)
  }

  @Test func callersFollowOutwards() throws {
    let (stack, line) = (captured().stack, here())
    let frames = Symbolizer().frames(of: stack)
    let caller = try #require(frames.first { $0.function == "CallStackTests.callersFollowOutwards()" })
    #expect(caller.file == #filePath)
    #expect(caller.line == line)
  }

  @Test func skipsInnermostFunctions() throws {
    let symbolizer = Symbolizer()
    let name = "CallStackTests.recursed(_:skipping:)"
    for skipped in 0...6 {
      let frames = symbolizer.frames(of: recursed(5, skipping: skipped))
      #expect(frames.prefix { $0.function == name }.count == 6 - skipped)
    }
    #expect(recursed(0, skipping: 200).addresses.isEmpty)
    #expect(recursed(0, skipping: .max).addresses.isEmpty)
  }

  @Test func keepsTheInnermostOfADeepStack() {
    let stack = recursed(300, skipping: 0)
    #expect(stack.addresses.count == CallStack.addressesMax)
    #expect(recursed(300, skipping: 20).addresses.count == CallStack.addressesMax)
    #expect(CallStack(addresses: Array(0..<100)).addresses == Array(0..<64))
  }

  @Test func equalPlacesGiveEqualStacks() {
    var stacks: Set<CallStack> = []
    // A count that the optimizer does not know keeps this one call in the code.
    for _ in 0...CommandLine.arguments.count { stacks.insert(captured().stack) }
    #expect(stacks.count == 1)
  }
}
