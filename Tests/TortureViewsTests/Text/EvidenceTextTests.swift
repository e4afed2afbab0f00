import FaultFS
import Storage
import Testing
import TortureCore
import TortureSamples

@testable import TortureFailures
@testable import TortureViews

@Suite struct EvidenceTextTests {
  /// Sectors side by side that one call lost are one sentence; each sentence names the first lost call.
  @Test func whatOneCallLostIsToldOnce() throws {
    let disk = FaultDisk()
    let file = try disk.open("a", .createNew)
    try file.write([UInt8](repeating: 1, count: 2048), at: 0)
    try file.write([UInt8](repeating: 2, count: 512), at: 512)
    let window = CrashWindow(over: disk)
    window.advance(to: window.lastPoint)
    #expect(
      window.losses(in: window.nothingKept).map(\.loss.text) == [
        "lost: the directory entry a, by storage call 0 (create a)",
        "lost: bytes 0..<512 of a, by storage call 1 (write 0..<2048 of a)",
        "lost: bytes 512..<1024 of a, by storage call 1 (write 0..<2048 of a) and a later one",
        "lost: bytes 1024..<2048 of a, by storage call 1 (write 0..<2048 of a)",
        "lost: the size of a, by storage call 1 (write 0..<2048 of a)",
      ])
    #expect(window.losses(in: window.everythingKept).isEmpty)
  }

  @Test func aGroupSaysWhatTheCrashTookOrWhereItTrapped() {
    #expect(FailureSignature(makeFinding("x")).place == "lost write of log, in recovery")
    let trap = Trap(
      signal: "SIGILL", message: nil, stack: [makeFrame("Log.read(_:)", "Sources/Log.swift", 3)])
    #expect(FailureSignature(Finding(id: "t", trap: trap)).place == "Log.read(_:) at Sources/Log.swift")
  }

  @Test func aFrameIsToldWithItsPlace() {
    var frame = makeFrame("f()", "Sources/A.swift", 7)
    #expect(frame.text == "f() at Sources/A.swift:7")
    frame.isInlined = true
    #expect(frame.text == "f() at Sources/A.swift:7 (inlined)")
    #expect(makeFrame("_start", "libc.so.6").text == "_start in libc.so.6")
    #expect(makeFrame("f()").text == "f()")
  }

  @Test func whatIsLeftOutHasAName() {
    #expect(
      DroppedCall(call: .sync, name: "log", before: 4).text
        == "left out by sabotage, last before storage call 4: sync of 'log'")
    #expect(
      DroppedCall(call: .syncDirectory, name: "", before: 4).text.hasSuffix(
        ": sync-directory of the directory"))
  }

  @Test func oneIsNotMany() {
    #expect(
      "\(Operation.write(client: 0, segment: 1, offset: 8, bytes: [1]))"
        == "client 0 writes 1 byte to segment 1 at 8")
    #expect(
      StorageCall(number: 0, kind: .allocate, name: "log", length: 1).text == "allocate 1 byte for log")
  }
}
