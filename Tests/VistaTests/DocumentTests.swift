import FaultFS
import Foundation
import PersistentMemory
import Testing

@testable import Vista

/// What docs/vista.md shows is what the library does.
@Suite struct DocumentTests {
  private let text: String

  init() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    text = try String(contentsOf: root.appending(path: "docs/vista.md"), encoding: .utf8)
  }

  @Test func theOffsetsOfTheLogAreTheDocumentedOnes() {
    for row in [
      "| \(LogLayout.magicOffset) | 8 | `RioVista` |",
      "| \(LogLayout.versionOffset) | 8 | version, \(LogLayout.version) |",
      "| \(LogLayout.lengthOffset) | 8 | length of the log |",
      "| \(LogLayout.slotCountOffset) | 8 | number of slots, \(LogLayout.slotCount) |",
      "| \(LogLayout.chunkLengthOffset) | 8 | length of a chunk, \(LogLayout.chunkLength) |",
      "| \(LogLayout.checksumOffset) | 8 | XXH3 (64 bits, seed 0) of bytes 0 to \(LogLayout.checksumOffset - 1) |",
      "| \(LogLayout.slotsOffset) | \(LogLayout.slotLength) each | \(LogLayout.slotCount) slots |",
      "| \(LogLayout.segmentsOffset) | \(LogLayout.segmentEntryLength) each | \(LogLayout.segmentCount) segments |",
      "| \(LogLayout.undoOffset) | \(LogLayout.chunkLength) each | chunks of the undo area; the first "
        + "\(LogLayout.slotCount) belong to one slot each |",
      "**A record:** \(UndoRecord.headerLength) bytes",
      "The head at \(SlotLayout.headOffset) (8 bytes)",
      "its name at \(SegmentEntry.nameOffset) (\(SegmentEntry.nameLengthMax) bytes",
    ] { #expect(text.contains(row), "\(row)") }
    #expect(LogLayout.slotsOffset + LogLayout.slotCount * LogLayout.slotLength <= LogLayout.segmentsOffset)
    #expect(
      LogLayout.segmentsOffset + LogLayout.segmentCount * LogLayout.segmentEntryLength <= LogLayout.undoOffset
    )
  }

  @Test func theOffsetsOfAHeapAreTheDocumentedOnes() {
    for row in [
      "| \(HeapLayout.magicOffset) | 8 | `VistaHea`, stored last |",
      "| \(HeapLayout.versionOffset) | 8 | version, \(HeapLayout.version) |",
      "| \(HeapLayout.pageCountOffset) | 8 | number of pages |",
      "| \(HeapLayout.rootsOffset) | \(HeapLayout.rootLength) each | \(HeapLayout.rootCount) roots:",
      "| \(HeapLayout.pagesOffset) | \(HeapLayout.pageEntryLength) each | pages |",
      "(\(PageLayout.blockLengths[0]) to \(PageLayout.blockLengths[PageLayout.blockLengths.count - 1]))",
    ] { #expect(text.contains(row), "\(row)") }
    #expect(HeapLayout.rootsOffset + HeapLayout.rootCount * HeapLayout.rootLength <= HeapLayout.pagesOffset)
  }

  /// The tables above, read off the bytes that a transaction leaves.
  @Test func theBytesOfALogAreTheDocumentedOnes() throws {
    let folder = try MemoryFolder()
    let storage = try folder.storage()
    try Vista.createLog("log", length: 160 << 10, on: storage)
    try Vista.createSegment("counters", length: 8192, on: storage)
    let vista = try Vista(log: "log", on: storage)
    let region = try vista.map("counters")
    let first = try vista.begin()
    try first.store(UInt32(0x0403_0201), in: region, at: 4100)
    try first.commit()
    let second = try vista.begin()
    try second.store(UInt16(7), in: region, at: 8)
    try second.store(UInt32(5), in: region, at: 4100)
    let log = try folder.bytes("log")
    second.abort()
    #expect(String(decoding: log[..<8], as: UTF8.self) == "RioVista")
    #expect(log.word(at: 16) == 160 << 10)
    // Slot 0: generation 2, open; the newest record is the second.
    let record = 20480 + 32
    #expect(log.word(at: 64) == 2 << 2 | 1)
    #expect(log.word(at: 72) == 2 << 32 | UInt64(record / 8))
    // Segment 0.
    #expect(log.word(at: 4096) == 8192)
    #expect(log.word(at: 4104) == 8)
    #expect(String(decoding: log[4112..<4120], as: UTF8.self) == "counters")
    // The record: the one before it, its kind; length, segment, generation; place; the old bytes.
    #expect(Array(log[record..<record + 8]) == [0x00, 0x0a, 0, 0, 0, 0, 0, 1])
    #expect(Array(log[record + 8..<record + 16]) == [4, 0, 0, 0, 2, 0, 0, 0])
    #expect(log.word(at: record + 16) == 4100)
    #expect(Array(log[record + 24..<record + 28]) == [1, 2, 3, 4])
  }

  @Test func theExampleRunsAsItIsPrinted() throws {
    let printed = try #require(
      text.split(separator: "```swift\n").dropFirst().first?.split(separator: "```").first)
    let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
    let parts = source.components(separatedBy: "// --- the example\n")
    let example = parts[1].split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.hasPrefix("    ") ? String(line.dropFirst(4)) : String(line)
    }.joined(separator: "\n")
    let expected = printed.replacingOccurrences(of: "\"/dev/shm/counters\"", with: "directory")
    #expect(
      example.trimmingCharacters(in: .whitespacesAndNewlines)
        == expected.trimmingCharacters(in: .whitespacesAndNewlines))
    let folder = try MemoryFolder()
    try runExample(folder.path)
    #expect(try folder.bytes("counters").word(at: 0) == 1)
    #expect(try folder.bytes("counters").word(at: 8) == UInt64(bitPattern: -1))
  }

  private func runExample(_ directory: String) throws {
    // --- the example
    let memory = try MappedStorage(directory: directory)
    try Vista.createLog("counters.log", on: memory)
    try Vista.createSegment("counters", length: 16 * Vista.pageLength, on: memory)

    let vista = try Vista(log: "counters.log", on: memory)  // recovers, if there is anything to recover
    let counters = try vista.map("counters")

    let transaction = try vista.begin()
    try transaction.store(counters.load(Int64.self, at: 0) + 1, in: counters, at: 0)
    try transaction.store(counters.load(Int64.self, at: 8) - 1, in: counters, at: 8)
    try transaction.commit()  // both counters, durable; or neither

    try vista.terminate()
    // --- the example
  }
}
