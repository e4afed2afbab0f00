import CallStack
import Testing

@Suite struct TrapReportTests {
  private let record = """
    trap-record 1
    module 0x1000 0x2000 0x3000 /usr/bin/some program
    module 0x0 0x7000 0x9000 /lib/libc.so.6
    signal 11
    frame 0x2345
    frame 0x7fff
    end

    """

  @Test func readsWhatTheHandlerWrites() throws {
    let report = try TrapReport(parsing: record)
    #expect(report.signal == 11)
    #expect(report.signalName == "SIGSEGV")
    #expect(report.isComplete)
    #expect(report.stack == CallStack(addresses: [0x2345, 0x7fff], beginsAtTrap: true))
    #expect(
      report.modules == [
        LoadedModule(path: "/usr/bin/some program", loadBias: 0x1000, addresses: 0x2000..<0x3000),
        LoadedModule(path: "/lib/libc.so.6", loadBias: 0, addresses: 0x7000..<0x9000),
      ])
    #expect(
      report.symbolizer().frames(of: report.stack).map(\.function) == [
        "some program+0x1345", "libc.so.6+0x7ffe",
      ])
  }

  @Test func everyTruncationSaysSoOrHoldsWholeLinesOnly() throws {
    let whole = try TrapReport(parsing: record)
    for length in 0..<record.utf8.count {
      let cut = String(decoding: record.utf8.prefix(length), as: UTF8.self)
      do {
        let report = try TrapReport(parsing: cut)
        #expect(!report.isComplete)
        #expect(report.modules == whole.modules)
        #expect(report.signal == whole.signal)
        #expect(whole.stack.addresses.starts(with: report.stack.addresses))
      } catch {
        #expect(error == .empty || error == .cutOffBeforeSignal, "\(cut)")
        #expect(!error.description.isEmpty)
      }
    }
  }

  @Test(arguments: [
    ("", TrapReportError.empty),
    ("trap-record 1", .empty),
    ("garbage\n", .notARecord),
    ("trap-record 2\nsignal 4\nend\n", .notARecord),
    ("trap-record 1\n", .cutOffBeforeSignal),
    ("trap-record 1\nend\n", .malformedLine(number: 2)),
    ("trap-record 1\nframe 0x1\n", .malformedLine(number: 2)),
    ("trap-record 1\nsignal 0\n", .malformedLine(number: 2)),
    ("trap-record 1\nsignal 99999999999\n", .malformedLine(number: 2)),
    ("trap-record 1\nsignal 4\nsignal 4\n", .malformedLine(number: 3)),
    ("trap-record 1\nsignal 4\nframe 12\n", .malformedLine(number: 3)),
    ("trap-record 1\nsignal 4\nframe 0x\n", .malformedLine(number: 3)),
    ("trap-record 1\nsignal 4\nframe 0x-1\n", .malformedLine(number: 3)),
    ("trap-record 1\nsignal 4\nframe 0x11111111111111111\n", .malformedLine(number: 3)),
    ("trap-record 1\nsignal 4\nend\nframe 0x1\n", .malformedLine(number: 4)),
    ("trap-record 1\nsignal 4\nmodule 0x0 0x1 0x2 /a\n", .malformedLine(number: 3)),
    ("trap-record 1\nmodule 0x0 0x2 0x2 /a\nsignal 4\n", .malformedLine(number: 2)),
    ("trap-record 1\nmodule 0x0 0x1 0x2 a\nsignal 4\n", .malformedLine(number: 2)),
    ("trap-record 1\nmodule 0x0 0x1 0x2\nsignal 4\n", .malformedLine(number: 2)),
    ("trap-record 1\n\nsignal 4\n", .malformedLine(number: 2)),
  ])
  func damageIsNamed(_ record: String, _ expected: TrapReportError) {
    #expect(throws: expected) { try TrapReport(parsing: record) }
  }

  @Test func moreFramesThanAStackHoldsAreDamage() {
    let frames = String(repeating: "frame 0x1\n", count: CallStack.addressesMax)
    let full = "trap-record 1\nsignal 4\n" + frames
    #expect(throws: Never.self) { try TrapReport(parsing: full + "end\n") }
    #expect(throws: TrapReportError.malformedLine(number: 67)) {
      try TrapReport(parsing: full + "frame 0x1\nend\n")
    }
  }

  /// Every byte of a real record changed: the result is an error or a report, and looking its addresses up ends too.
  @Test func noDamagedByteTraps() throws {
    let bytes = Array(try ProbeRun(kind: "abort").record.utf8)
    try #require(bytes.count > 500)
    var reports = 0
    var errors = 0
    for index in bytes.indices {
      var damaged = bytes
      damaged[index] ^= [0x01, 0x02, 0x04, 0x80][index % 4]
      do {
        let report = try TrapReport(parsing: String(decoding: damaged, as: UTF8.self))
        reports += 1
        // Reading the modules' files anew takes a while; one in eight is enough here.
        if index % 8 == 0 {
          #expect(report.symbolizer().frames(of: report.stack).count >= report.stack.addresses.count)
        }
      } catch {
        errors += 1
        #expect(!error.description.isEmpty)
      }
    }
    #expect(reports > 0)
    #expect(errors > 0)
  }
}
