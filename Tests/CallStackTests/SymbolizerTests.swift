import CallStack
import Testing

@inline(always) private func innerInlined() -> CallStack {
  CallStack.capture()  // line: inner
}

@inline(always) private func outerInlined() -> CallStack {
  innerInlined()  // line: outer
}

private struct Store<Element> {
  var element: Element

  @inline(never) func captureInGenericMethod() -> (stack: CallStack, element: Element) {
    (CallStack.capture(), element)
  }
}

/// Returns an array so that the capture is not its last act, which the optimizer would turn into a jump.
@inline(never) private func captureThroughInlined() -> [CallStack] {
  [outerInlined()]  // line: caller
}

@Suite struct SymbolizerTests {
  @Test func inlinedFramesComeBeforeTheFunctionTheyAreIn() throws {
    let frames = Symbolizer().frames(of: captureThroughInlined()[0])
    let marks = try MarkedLines(inFile: #filePath, mark: "line")
    try #require(frames.count > 3)
    #expect(
      frames.prefix(3).map(\.function) == ["innerInlined()", "outerInlined()", "captureThroughInlined()"])
    #expect(frames.prefix(3).map(\.isInlined) == [true, true, false])
    #expect(frames.prefix(3).map(\.line) == [marks["inner"], marks["outer"], marks["caller"]])
    #expect(frames.prefix(3).allSatisfy { $0.file == #filePath })
  }

  @Test func closuresAndGenericsAreNamed() throws {
    let symbolizer = Symbolizer()
    let inClosure = [0].map { _ in [CallStack.capture()] }
    let closure = try #require(symbolizer.frames(of: inClosure[0][0]).first)
    #expect(closure.function.hasPrefix("closure #1"), "\(closure.function)")
    let generic = try #require(
      symbolizer.frames(of: Store(element: "text").captureInGenericMethod().stack).first)
    #expect(generic.function == "Store.captureInGenericMethod()")
  }

  @Test func codeWithoutDebugInformationIsNamedAfterSymbolOrModule() throws {
    let program = try #require(LoadedModule.loaded().first)
    let library = try #require(LoadedModule.loaded().first { $0.path.contains("/libc.so") })
    let symbolizer = Symbolizer()
    // The ELF header belongs to no function.
    let stack = CallStack(
      addresses: [program.loadBias + 4, library.loadBias + 4], beginsAtTrap: true)
    let frames = symbolizer.frames(of: stack)
    let name = try #require(library.path.split(separator: "/").last.map(String.init))
    try #require(frames.count == 2)
    #expect(frames[0].file == nil)
    #expect(frames[0].module.map { program.path.hasSuffix("/\($0)") } == true)
    #expect(frames[1] == Frame(function: "\(name)+0x3", file: nil, line: nil, isInlined: false, module: name))
  }

  @Test func addressesOutsideOfEveryModuleAreUnknown() {
    let unknown = Frame(function: "unknown", file: nil, line: nil, isInlined: false, module: nil)
    let stack = CallStack(addresses: [0, 1, .max], beginsAtTrap: true)
    #expect(Symbolizer().frames(of: stack) == [unknown, unknown, unknown])
    #expect(Symbolizer(modules: []).frames(of: CallStack(addresses: [0])) == [unknown])
    #expect(Symbolizer().frames(of: CallStack(addresses: [])).isEmpty)
  }

  @Test func filesThatAreMissingOrNoModulesLeaveModuleAndOffset() {
    for path in ["/nonexistent/libmissing.so", "/dev/zero", "/etc/passwd", "/"] {
      let module = LoadedModule(path: path, loadBias: 0x1000, addresses: 0x1000..<0x9000)
      let frames = Symbolizer(modules: [module]).frames(
        of: CallStack(addresses: [0x1234], beginsAtTrap: true))
      let name = path.split(separator: "/").last.map(String.init) ?? ""
      #expect(frames.map(\.function) == ["\(name)+0x234"])
    }
  }

  @Test func aSymbolizerServesSeveralThreads() async {
    let symbolizer = Symbolizer()
    let stack = captureThroughInlined()[0]
    let expected = Symbolizer().frames(of: stack)
    let results = await withTaskGroup(of: [Frame].self) { group in
      for _ in 0..<16 { group.addTask { symbolizer.frames(of: stack) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(results == Array(repeating: expected, count: 16))
  }
}
