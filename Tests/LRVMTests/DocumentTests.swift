import FaultFS
import Foundation
import Storage
import Testing

@testable import LRVM

/// What docs/ shows is what the library does.
@Suite struct DocumentTests {
  private func document(_ name: String) throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try String(contentsOf: root.appending(path: "docs/\(name)"), encoding: .utf8)
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

  @Test func theOffsetsOfTheFormatAreTheDocumentedOnes() throws {
    let text = try document("log-format.md")
    for (name, value) in [
      ("header", LogHeader.length), ("status block's fixed part", StatusBlock.headerLength),
      ("sector stamp", SectorStamp.length), ("record header", Record.headerLength),
      ("range header", Record.rangeHeaderLength),
    ] { #expect(text.contains("The \(name) takes \(value) bytes"), "\(name): \(value)") }
    #expect(text.contains("Format version \(LogHeader.version)."))
  }

  @Test func theInterfaceExampleRunsAsItIsPrinted() throws {
    let text = try document("lrvm.md")
    let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
    // The lines between the marks, less their indentation.
    let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex { $0.hasSuffix("    // example begins") })
    let end = try #require(lines.firstIndex { $0.hasSuffix("    // example ends") })
    let example = lines[start + 1..<end].map { $0.hasPrefix("    ") ? String($0.dropFirst(4)) : String($0) }
    #expect(text.contains("```swift\n" + example.joined(separator: "\n") + "\n```"))
  }

  @Test func theInterfaceExampleDoesWhatItSays() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path
    // example begins
    let disk = try PosixStorage(directory: path)
    try RVM.createLog("counters.log", on: disk)
    try RVM.createSegment("counters", length: 16 * RVM.pageLength, on: disk)

    let rvm = try RVM(log: "counters.log", on: disk)  // recovers, if there is anything to recover
    let counters = try rvm.map("counters")

    let transaction = try rvm.begin()
    try transaction.store(counters.load(Int64.self, at: 0) + 1, in: counters, at: 0)
    try transaction.store(counters.load(Int64.self, at: 8) - 1, in: counters, at: 8)
    try transaction.commit(.flush)  // both counters, durable; or neither

    try rvm.terminate()
    // example ends
    let again = try reopening { try RVM(log: "counters.log", on: disk) }
    let found = try again.map("counters")
    #expect(found.load(Int64.self, at: 0) == 1)
    #expect(found.load(Int64.self, at: 8) == -1)
    try again.terminate()
  }
}
