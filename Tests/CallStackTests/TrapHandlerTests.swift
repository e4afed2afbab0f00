import CallStack
import Foundation
import Testing

/// How a run of the program `trap-probe`, which lies beside the tests' own, ended.
struct ProbeRun {
  var record: String
  var signal: Int32?

  /// The probe's own source, whose lines are marked.
  static let source = SourceRoot.checkout.path + "/Tests/Support/TrapProbe/Main.swift"

  init(kind: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("trap-probe")
    process.arguments = [kind]
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["SWIFT_BACKTRACE": "enable=no"], uniquingKeysWith: { _, new in new })
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    record = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    signal = process.terminationReason == .uncaughtSignal ? process.terminationStatus : nil
  }
}

@Suite struct TrapHandlerTests {
  @Test(arguments: [
    ("precondition", "TrapProbe.failPrecondition()", [SIGILL, SIGTRAP]),
    ("index", "TrapProbe.indexOutOfRange()", [SIGILL, SIGTRAP]),
    ("overflow", "TrapProbe.overflow()", [SIGILL, SIGTRAP]),
    ("inlined-overflow", "TrapProbe.doubledTwice(_:)", [SIGILL, SIGTRAP]),
    ("nil", "TrapProbe.unwrapNil()", [SIGILL, SIGTRAP]),
    ("fatal-error", "TrapProbe.stopWithFatalError()", [SIGILL, SIGTRAP]),
    ("bad-pointer", "TrapProbe.loadFromBadPointer()", [SIGSEGV]),
    ("abort", "TrapProbe.callAbort()", [SIGABRT]),
    ("stack-overflow", "TrapProbe.recurseForever(_:)", [SIGSEGV]),
    ("stack-overflow-on-thread", "TrapProbe.recurseForever(_:)", [SIGSEGV]),
  ])
  func aTrapIsNamedAtItsLine(_ kind: String, _ function: String, _ signals: [Int32]) throws {
    let run = try ProbeRun(kind: kind)
    let report = try TrapReport(parsing: run.record)
    #expect(report.isComplete)
    #expect(run.signal == report.signal)
    #expect(signals.contains(report.signal))
    #expect(report.stack.beginsAtTrap)

    let frames = report.symbolizer().frames(of: report.stack)
    let own = frames.filter { $0.file == ProbeRun.source }
    let marks = try MarkedLines(inFile: ProbeRun.source, mark: "trap")
    let mark = kind == "stack-overflow-on-thread" ? "stack-overflow" : kind
    let text = frames.text()
    #expect(own.first?.function == function, "\(text)")
    if mark == "stack-overflow" {
      // The innermost call may have trapped in its entry; every one around it is at the recursive call.
      #expect(own.dropFirst().first?.line == marks[mark], "\(text)")
      #expect(report.stack.addresses.count == CallStack.addressesMax)
    } else {
      #expect(own.first?.line == marks[mark], "\(text)")
      #expect(own.last?.function.hasSuffix("main") == true, "\(text)")
    }
    if kind == "inlined-overflow" {
      #expect(frames.first?.function == "Swift runtime failure: arithmetic overflow", "\(text)")
      #expect(frames.inSources().first == frames.first)
      #expect(own.first?.isInlined == true)
      try #require(own.count > 1)
      #expect(own[1].function == "TrapProbe.overflowInlined()")
      #expect(own[1].line == (try MarkedLines(inFile: ProbeRun.source, mark: "inlined"))["overflow"])
    }
  }

  @Test func aProcessThatDoesNotTrapLeavesNoRecord() throws {
    let run = try ProbeRun(kind: "none")
    #expect(run.signal == nil)
    #expect(throws: TrapReportError.empty) { try TrapReport(parsing: run.record) }
  }

  @Test func aClosedDescriptorIsRefused() {
    let error = #expect(throws: TrapHandlerError.self) { try TrapHandler.arm(descriptor: -1) }
    #expect(error?.errorNumber == EBADF)
    #expect(error?.description.contains("descriptor -1") == true)
  }
}
