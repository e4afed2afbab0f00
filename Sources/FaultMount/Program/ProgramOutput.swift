/// The standard output of a running program, split into lines as it comes.
struct ProgramOutput {
  private(set) var lines: [ProgramRun.Line] = []
  private(set) var byteCount = 0
  private var pending: [UInt8] = []

  /// Takes what came after the calls up to `operationCount` had returned, and before the next one was served.
  mutating func take(_ bytes: [UInt8], operationCount: Int) {
    byteCount += bytes.count
    var start = 0
    while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      pending += bytes[start..<end]
      endLine(operationCount)
      start = end + 1
    }
    pending += bytes[start...]
  }

  /// The program has ended; a last line without an end is a line.
  mutating func end(operationCount: Int) {
    if !pending.isEmpty { endLine(operationCount) }
  }

  private mutating func endLine(_ operationCount: Int) {
    lines.append(
      ProgramRun.Line(text: String(decoding: pending, as: UTF8.self), operationCount: operationCount))
    pending.removeAll(keepingCapacity: true)
  }
}
