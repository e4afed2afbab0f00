import CallStack
import Testing

@Suite struct PythonLineTableTests {
  /// What Python 3.12.1 made of a function of 15 lines, with a call over four lines and a loop, and what its `co_lines` says of it.
  @Test func linesAreThoseThatPythonSays() {
    let table = PythonLineTable(
      bytes: [
        128, 0, 220, 9, 13, 216, 8, 12, 216, 8, 11, 243, 5, 3, 10, 6, 240, 0, 6, 5, 10, 240, 6, 0, 10, 14,
        216, 8,
        12, 143, 10, 137, 10, 216, 12, 16, 244, 3, 2, 9, 10, 247, 9, 6, 5, 10, 244, 16, 0, 14, 19, 216, 8, 9,
        243,
        3, 2, 14, 6, 242, 0, 4, 5, 20, 136, 1, 244, 6, 0, 9, 14, 136, 97, 216, 14, 18, 245, 3, 1, 9, 20, 240,
        7, 4,
        5, 20, 240, 10, 0, 12, 16, 247, 27, 6, 5, 10, 240, 0, 6, 5, 10, 250,
      ], firstLine: 1)
    let lines: [Int?] =
      [1, 2, 2, 2, 2, 2, 3, 4, 2, 2, 2, 2, 2, 5, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 7, 6, 6, 6, 6, 6]
      + [
        2, 2, 2, 2, 2, 2, 2, 2, 10, 10, 10, 10, 10, 11, 10, 10, 10, 10, 10, 10, 10, 10, 13, 13, 13, 13, 13,
        13,
      ]
      + [14, 13, 13, 13, 13, 13, 13, 10, 15, 2, 2, 2, 2, 2, 2, 2, 2, 2, nil, nil, nil]
    #expect(lines.indices.map { table.line(at: $0) } == lines)
    #expect(table.line(at: lines.count) == nil)
  }

  @Test func damagedTablesHaveNoLines() {
    #expect(PythonLineTable(bytes: [], firstLine: 1).line(at: 0) == nil)
    // The number that belongs to it is missing, or does not end.
    #expect(PythonLineTable(bytes: [0xe8], firstLine: 7).line(at: 0) == 7)
    _ = PythonLineTable(bytes: [0xe8] + [UInt8](repeating: 0x7f, count: 100), firstLine: 7).line(at: 0)
  }
}
