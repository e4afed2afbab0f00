import Subprocess

/// What a worker process says, line by line.
///
/// A campaign of small cases is mostly this, so bytes are searched and copied many at a time.
struct WorkerLines {
  private var buffers: SubprocessOutputSequence.Iterator
  private var pending: [UInt8] = []
  /// This many of the pending bytes hold no end of a line.
  private var searched = 0

  init(_ output: SubprocessOutputSequence) {
    buffers = output.makeAsyncIterator()
  }

  /// The next line without its newline; nil once the process has closed its output. What it had not ended by then is no
  /// line: it died in the middle of it.
  mutating func next() async throws -> String? {
    while true {
      if let newline = pending[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: pending[..<newline], as: UTF8.self)
        pending.removeFirst(newline + 1)
        searched = 0
        return line
      }
      searched = pending.count
      guard let buffer = try await buffers.next(isolation: nil) else { return nil }
      unsafe buffer.withUnsafeBytes { unsafe pending.append(contentsOf: $0) }
    }
  }
}
