import FaultFS
import Foundation
import Storage
import Testing

@testable import LRVM

/// What docs/ shows is what the library does.
@Suite struct DocumentTests {
  private func document(_ name: String) throws -> String {
    try String(contentsOf: Self.root.appending(path: "docs/\(name)"), encoding: .utf8)
  }

  /// The lines of 16 bytes that are not all zero.
  private func dump(_ bytes: [UInt8]) -> [String] {
    func hex(_ value: Int, _ digits: Int) -> String {
      let text = String(value, radix: 16)
      return String(repeating: "0", count: digits - text.count) + text
    }
    return stride(from: 0, to: bytes.count, by: 16).compactMap { start in
      let line = bytes[start..<min(start + 16, bytes.count)]
      if line.allSatisfy({ $0 == 0 }) { return nil }
      let text = line.map { (0x20..<0x7f).contains($0) ? String(UnicodeScalar($0)) : "." }.joined()
      return hex(start, 8) + "  " + line.map { hex(Int($0), 2) }.joined(separator: " ") + "  |" + text + "|"
    }
  }

  @Test func theHexExampleIsARealLog() throws {
    let disk = FaultDisk()
    try RVM.createLog("log", shape: LogShape(recordSectors: 4, statusLength: 512), on: disk)
    try RVM.createSegment("a", length: 4096, on: disk)
    let rvm = try RVM.open(disk)
    let region = try rvm.map("a")
    let transaction = try rvm.begin()
    try transaction.modify(region, at: 16, with: Array("hello".utf8))
    try transaction.modify(region, at: 100, with: [1, 2, 3])
    try transaction.commit()
    let lines = dump(try disk.contents("log"))
    let documented = try document("log-format.md").split(separator: "\n").map(String.init)
      .filter { $0.count > 10 && $0.prefix(8).allSatisfy(\.isHexDigit) && $0.dropFirst(8).hasPrefix("  ") }
    #expect(documented == lines, "\(lines.joined(separator: "\n"))")
    try rvm.terminate()
  }

  @Test func theLengthsOfTheFormatAreTheDocumentedOnes() throws {
    let text = try document("log-format.md")
    for (name, value) in [
      ("header", LogHeader.length), ("status block's fixed part", StatusBlock.headerLength),
      ("sector stamp", SectorStamp.length), ("record header", Record.headerLength),
      ("range header", Record.rangeHeaderLength),
    ] { #expect(text.contains("The \(name) takes \(value) bytes"), "\(name): \(value)") }
    #expect(text.contains("Format version \(LogHeader.version)."))
  }

  /// The rows of the table that follows a heading or sentence: offset, length in bytes, field.
  private func fields(after words: String) throws -> [(offset: Int, bytes: Int, name: String)] {
    let text = try document("log-format.md")
    let start = try #require(text.range(of: words))
    var rows: [(offset: Int, bytes: Int, name: String)] = []
    for line in text[start.upperBound...].split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty && !rows.isEmpty { break }
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count >= 3, let offset = Int(cells[0]), let bytes = Int(cells[1]) else { continue }
      let name = cells[2].drop { !$0.isLetter }.prefix { $0.isLetter }
      rows.append((offset, bytes, String(name)))
    }
    return rows
  }

  /// Each documented field is where the encoded bytes have its value, and no byte is left out.
  private func check(
    _ words: String, _ buffer: borrowing ByteBuffer, at start: Int = 0, length: Int,
    _ values: KeyValuePairs<String, UInt64>
  ) throws {
    let rows = try fields(after: words)
    var documented = 0
    for row in rows {
      let name = row.name
      #expect(row.offset == documented, "\(words): \(name)")
      documented += row.bytes
      if name == "checksum" { continue }
      let value = (0..<row.bytes).reduce(0 as UInt64) {
        $0 | UInt64(buffer.load(UInt8.self, at: start + row.offset + $1)) << UInt64(8 * $1)
      }
      let expected = name == "zero" ? 0 : values.first { $0.key == name }?.value
      #expect(value == expected, "\(words): \(name)")
    }
    #expect(documented == length, "\(words)")
    #expect(values.allSatisfy { value in rows.contains { $0.name == value.key } }, "\(words)")
  }

  @Test func theTablesAreTheBytesThatAreWritten() throws {
    func magic(_ text: String) -> UInt64 { text.utf8.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    var buffer = ByteBuffer()
    LogHeader.encode(LogShape(recordSectors: 77, sectorLength: 4096, statusLength: 8192), into: &buffer)
    try check(
      "## Header", buffer, length: LogHeader.length,
      [
        "LRVM": magic("LRVM log"), "version": UInt64(LogHeader.version), "sectorLength": 4096,
        "statusLength": 8192, "recordSectors": 77,
      ])
    var status = StatusBlock()
    (status.counter, status.generation, status.generationMax) = (11, 12, 13)
    (status.headPosition, status.headSequence, status.durableEnd) = (14, 15, 16)
    status.segments = [.init(name: "a", length: 4096), .init(name: "bc", length: 8192)]
    status.encode(into: &buffer, sectorLength: 512)
    try check(
      "## Status blocks", buffer, length: StatusBlock.headerLength,
      [
        "LRVMstat": magic("LRVMstat"), "usedLength": 64 + 11 + 12, "segmentCount": 2, "counter": 11,
        "generation": 12, "generationMax": 13, "headPosition": 14, "headSequence": 15, "durableEnd": 16,
      ])
    buffer.resize(to: 512)
    SectorStamp(position: 21, generation: 22, sectorInBatch: 3, batchSectors: 24, usedBytes: 25)
      .seal(&buffer, sectorAt: 0, sectorLength: 512)
    try check(
      "## Sectors and their stamps", buffer, length: SectorStamp.length,
      ["position": 21, "generation": 22, "sectorInBatch": 3, "batchSectors": 24, "usedBytes": 25])
    Record.Header(sequence: 31, length: 32, followers: 33).store(in: &buffer, at: 0)
    try check(
      "The record header takes", buffer, length: Record.headerLength,
      ["sequence": 31, "length": 32, "followers": 33])
    buffer.removeAll()
    buffer.append(Record.rangeHeaderLength) {
      Record.Range.append(segment: 41, offset: 42, length: 43, to: &$0)
    }
    let rows = try fields(after: "The range header takes")
    #expect(rows.map(\.offset) == [0, 8, 12, 14])
    try check(
      "The range header takes", buffer, length: Record.rangeHeaderLength,
      ["segment": 41, "offset": 42, "length": 43])
  }

  @Test func theStepsOfRecoveryAreItsCalls() throws {
    let disk = InterposedStorage(try SmallLog.disk())
    do {
      let rvm = try RVM.open(disk)
      let region = try rvm.map("a")
      for turn in 1...3 as ClosedRange<UInt64> { try rvm.put(turn, in: region, at: 0) }
    }
    var calls: [String] = []
    disk.before = { call in
      guard call.operation == .write || call.operation == .sync else { return }
      let isStatus = call.file == "log" && call.offset < SmallLog.shape.recordAreaOffset
      let part =
        call.operation == .sync || call.file != "log" ? "" : isStatus ? ": status block" : ": records"
      calls.append("\(call.operation.rawValue) \(call.file)\(part)")
    }
    try RVM.recover(log: "log", on: disk)
    #expect(
      try document("log-format.md").contains("```recovery\n\(calls.joined(separator: "\n"))\n```"), "\(calls)"
    )
  }

  private static var root: URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
  }

  @Test func theExampleIsTheProgramThatIsBuilt() throws {
    let example = Self.root.appending(path: "Examples/Counters")
    let program = try String(
      contentsOf: example.appending(path: "Sources/counters/main.swift"), encoding: .utf8)
    let package = try String(contentsOf: example.appending(path: "Package.swift"), encoding: .utf8)
    #expect(try document("lrvm.md").contains("```swift\n\(program)```"))
    #expect(try document("lrvm.md").contains("```swift\n\(package)```"))
    #expect(try document("../README.md").contains("```swift\n\(program)```"))
  }

  /// From nothing, and again.
  @Test func theExampleRunsTwice() throws {
    let directory = try TemporaryDirectory()
    for turn in 1...3 {
      let example = Process()
      example.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "counters")
      example.currentDirectoryURL = URL(filePath: directory.path)
      let output = Pipe()
      example.standardOutput = output
      try example.run()
      let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
      example.waitUntilExit()
      #expect(text == "\(turn) -\(turn)\n")
    }
  }

  /// As many names as the document says fit.
  @Test func theTableHasRoomForTheDocumentedNames() throws {
    var status = StatusBlock()
    while status.usedLength <= LogShape().statusLength {
      status.segments.append(.init(name: String(repeating: "n", count: 16), length: 4096))
    }
    #expect((150..<160).contains(status.segments.count - 1))
  }
}
