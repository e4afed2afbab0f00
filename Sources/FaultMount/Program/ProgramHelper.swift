internal import CEnclosure

/// A copy of this process that runs programs ahead of it, and tells its memory what they came to.
///
/// What a program comes to is a function of what it is answered, so it does not matter who ran it: the results of this process
/// are the same with helpers and without, and come sooner. A copy knows all that this process knew when it began. It
/// ends with this value, with its body, or with this process.
///
/// Threading: one thread at a time.
public final class ProgramHelper {
  private let copy: Int32
  private let end: Int32
  private var told = CopiedText()

  /// Starts a copy, which calls `body` and ends. Its mounts must be its own: those of this process answer to this process alone.
  ///
  /// - Parameter memory: what both know; this process's grows by what the copy executes.
  /// - Returns: nil where there can be no copy.
  public init?(for memory: ProgramMemory, _ body: () -> Void) {
    var end: Int32 = -1
    let copy = unsafe cenclosure_start_copy(&end)
    if copy == 0 {
      memory.beginTelling { bytes in
        unsafe bytes.withUnsafeBytes { unsafe cenclosure_tell(end, $0.baseAddress, $0.count) }
      }
      body()
      cenclosure_leave_copy()
    }
    if copy < 0 { return nil }
    self.copy = copy
    self.end = end
    memory.add(self)
  }

  deinit {
    cenclosure_end_copy(copy, end)
  }

  /// What the copy has told since the last time.
  func news() -> [[UInt8]] {
    var bytes: [UInt8] = []
    while true {
      let count = unsafe withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
        let count = unsafe cenclosure_read(end, buffer.baseAddress, buffer.count)
        if count > 0 { unsafe bytes.append(contentsOf: buffer[..<Int(count)]) }
        return count
      }
      if count <= 0 { break }
    }
    if bytes.isEmpty { return [] }
    var text = CopiedText(told.bytes + bytes)
    var news: [[UInt8]] = []
    while let part = text.takeBytes() { news.append(part) }
    text.forgetTaken()
    told = text
    return news
  }
}
