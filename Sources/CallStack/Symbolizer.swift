import Synchronization

/// Turns call stacks into frames with function, file and line, inlined functions included.
///
/// Works in process, with libdw. The first look-up in a source file reads that file's debug information (some
/// milliseconds for a large one); an address that was looked up before costs a dictionary access. Any thread may use
/// it; look-ups exclude each other.
///
/// Nothing is ever missing from the result: what has no debug information is named after its symbol, and what has no
/// symbol after its module (see `Frame.function`).
///
/// In release builds the optimizer merges functions whose code is equal or nearly so; a merged function has no lines, or
/// those of another one. Building with `-Xswiftc -Xfrontend -Xswiftc -disable-llvm-merge-functions-pass` keeps them
/// apart. (`-Xllvm -swiftmergefunc-threshold=0` is not enough: it leaves those merged whose code is equal.)
public final class Symbolizer: Sendable {
  private struct State: ~Copyable {
    var debugInformation: DebugInformation
    var framesByAddress: [UInt: [Frame]] = [:]
    /// Nil until it was looked for.
    var python: PythonThread.Interpreter??
  }

  private let modules: [LoadedModule]
  private let state: Mutex<State>

  /// A symbolizer for stacks of a process that has these modules loaded: by default, this process as it is now.
  /// Libraries loaded later are unknown to it.
  public init(modules: [LoadedModule] = LoadedModule.loaded()) {
    self.modules = modules
    state = Mutex(State(debugInformation: DebugInformation(modules: modules)))
  }

  /// The frames of a stack, innermost first, each inlined function before the one that it was inlined into.
  public func frames(of stack: CallStack) -> [Frame] {
    state.withLock { state in
      stack.instructionAddresses.flatMap { address -> [Frame] in
        if let known = state.framesByAddress[address] { return known }
        let frames = lookUp(address, in: &state.debugInformation)
        state.framesByAddress[address] = frames
        return frames
      }
    }
  }

  /// The interpreter of Python among the modules; nil where there is none.
  var python: PythonThread.Interpreter? {
    state.withLock { state in
      if let known = state.python { return known }
      var found: PythonThread.Interpreter?
      for module in modules where found == nil && module.name.contains("python") {
        found = Self.python(in: module, state.debugInformation)
      }
      state.python = .some(found)
      return found
    }
  }

  private static func python(
    in module: LoadedModule, _ debugInformation: borrowing DebugInformation
  ) -> PythonThread.Interpreter? {
    let inside = UInt64(module.addresses.lowerBound)
    guard let runtime = debugInformation.address(ofSymbol: "_PyRuntime", inModuleAt: inside),
      let version = debugInformation.address(ofSymbol: "Py_Version", inModuleAt: inside),
      let codeType = debugInformation.address(ofSymbol: "PyCode_Type", inModuleAt: inside)
    else { return nil }
    return PythonThread.Interpreter(
      module: module.name, runtime: UInt(runtime), version: UInt(version), codeType: UInt(codeType))
  }

  private func lookUp(_ address: UInt, in debugInformation: inout DebugInformation) -> [Frame] {
    guard let module = modules.first(where: { $0.addresses.contains(address) }) else {
      return [Frame(function: "unknown", file: nil, line: nil, isInlined: false, module: nil)]
    }
    let locations = debugInformation.locations(at: UInt64(address))
    if locations.isEmpty {
      let symbol = debugInformation.symbol(at: UInt64(address))
      return [
        Frame(
          function: symbol.map(SymbolName.readable) ?? module.describe(address), file: nil, line: nil,
          isInlined: false, module: module.name, swiftModule: symbol.flatMap(SymbolName.module))
      ]
    }
    return locations.map {
      Frame(
        function: SymbolName.readable($0.linkageName), file: $0.file, line: $0.line,
        isInlined: $0.isInlined, module: module.name, swiftModule: SymbolName.module($0.linkageName))
    }
  }
}
