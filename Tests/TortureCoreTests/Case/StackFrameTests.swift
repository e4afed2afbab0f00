import CallStack
import Testing
import TortureCore

@Suite struct StackFrameTests {
  /// Whose code a frame is, wherever the package lies: at a whole path, or from the checkout on, as in a release.
  @Test(arguments: [
    ("/home/a/store/Sources/Store/Log.swift", "Store", StackFrame.Layer.store),
    ("./Sources/LRVM/Engine/Engine.swift", "LRVM", .store),
    ("Sources/LRVM/Engine/Engine.swift", "LRVM", .store),
    ("Sources/Swift/Array.swift", "Swift", .elsewhere),
    (".build-release/checkouts/Yams/Sources/Yams/Node.swift", "Yams", .elsewhere),
    ("./Sources/TortureCore/Judge.swift", "TortureCore", .harness),
    ("./Sources/Storage/Posix/PosixFile.swift", "Storage", .disk),
    ("./.build-release/checkouts/Yams/Sources/Yams/Node.swift", "Yams", .elsewhere),
    ("<compiler-generated>", "LRVM", .elsewhere),
  ])
  func theLayerOfAFrame(file: String, module: String, layer: StackFrame.Layer) {
    let frame = Frame(
      function: "f()", file: file, line: 7, isInlined: false, module: "lrvm-torture", swiftModule: module)
    #expect(StackFrame(frame).layer == layer)
  }

  @Test func theSourceOfAReleaseIsNamedBelowItsPackage() {
    let frame = Frame(
      function: "f()", file: "./Sources/LRVM/Engine/Engine.swift", line: 7, isInlined: false,
      module: "lrvm-torture", swiftModule: "LRVM")
    #expect(StackFrame(frame).file == "Sources/LRVM/Engine/Engine.swift")
  }
}
