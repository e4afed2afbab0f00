import CallStack
import Foundation
import Testing

@Suite struct FrameTests {
  private let root = SourceRoot(path: "/home/someone/project/")
  private let frames = [
    Frame(
      function: "Array.subscript.getter", file: "/home/build/stdlib/Array.swift", line: 7, isInlined: true,
      module: "tool"),
    Frame(
      function: "LogWriter.flush()", file: "/home/someone/project/Sources/LRVM/LogWriter.swift", line: 42,
      isInlined: false, module: "tool"),
    Frame(
      function: "RVM.commit()", file: "/home/someone/project/Sources/LRVM/RVM.swift", line: nil,
      isInlined: true, module: "tool"),
    Frame(
      function: "parse()", file: "/home/someone/project/.build/checkouts/other/Sources/Parse.swift", line: 3,
      isInlined: false, module: "tool"),
    Frame(function: "abort", file: nil, line: nil, isInlined: false, module: "libc.so.6"),
    Frame(function: "libc.so.6+0x12", file: nil, line: nil, isInlined: false, module: "libc.so.6"),
    Frame(function: "unknown", file: nil, line: nil, isInlined: false, module: nil),
  ]

  @Test func textHasOneLineForEachFrame() {
    #expect(
      frames.text(relativeTo: root) == """
        #0 Array.subscript.getter at /home/build/stdlib/Array.swift:7 (inlined)
        #1 LogWriter.flush() at Sources/LRVM/LogWriter.swift:42
        #2 RVM.commit() at Sources/LRVM/RVM.swift (inlined)
        #3 parse() at .build/checkouts/other/Sources/Parse.swift:3
        #4 abort in libc.so.6
        #5 libc.so.6+0x12
        #6 unknown
        """)
    #expect([Frame]().text() == "")
  }

  @Test func projectFramesLieInItsSources() {
    #expect(frames.inSources(of: root).map(\.function) == ["LogWriter.flush()", "RVM.commit()"])
    let failure = Frame(
      function: "Swift runtime failure: Index out of range", file: nil, line: nil, isInlined: true,
      module: "tool")
    #expect(([failure] + frames).inSources(of: root).first == failure)
  }

  @Test func ownFramesAreInTheCheckout() throws {
    let frames = Symbolizer().frames(of: CallStack.capture()).inSources()
    let first = try #require(frames.first)
    #expect(
      first.text().hasPrefix(
        "FrameTests.ownFramesAreInTheCheckout() at Tests/CallStackTests/FrameTests.swift:"))
    #expect(frames.allSatisfy { $0.file?.hasPrefix(SourceRoot.checkout.path + "/") == true })
  }

  @Test func framesSurviveJSON() throws {
    let decoded = try JSONDecoder().decode([Frame].self, from: JSONEncoder().encode(frames))
    #expect(decoded == frames)
  }

  @Test(arguments: [
    ("/a/project/Sources/LRVM/RVM.swift", "/a/project"),
    ("/a/Sources/project/Tests/LRVMTests/Deep/RVMTests.swift", "/a/Sources/project"),
    ("/a/b/main.swift", "/a/b"),
    ("main.swift", ""),
    ("", ""),
  ])
  func rootIsAboveSourcesOrTests(_ file: String, _ expected: String) {
    #expect(SourceRoot(ofSourceFile: file).path == expected)
  }

  @Test func relativePathsAreOfFilesBelowTheRootOnly() {
    #expect(root.relativePath(of: "/home/someone/project/a.swift") == "a.swift")
    #expect(root.relativePath(of: "/home/someone/project2/a.swift") == nil)
    #expect(root.relativePath(of: "/home/someone/project") == nil)
    #expect(SourceRoot(ofSourceFile: #filePath) == .checkout)
  }
}
