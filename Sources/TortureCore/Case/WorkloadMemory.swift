import Glibc

/// What mapped memory has to show while a workload runs: the stores of committed and open transactions, and nothing of
/// aborted ones.
struct WorkloadMemory {
  private var images: [[UInt8]]
  /// What each client's open transaction has overwritten, oldest first.
  private var undo: [Int: [WorkloadWrite]] = [:]

  init(_ segments: [SegmentOptions]) {
    self.init(segments.map { [UInt8](repeating: 0, count: $0.length) })
  }

  /// Begins with the segments' bytes.
  init(_ images: [[UInt8]]) {
    self.images = images
  }

  mutating func perform(_ operation: Operation) {
    switch operation {
    case .begin(let client, _):
      undo[client] = []
    case .write(let client, let segment, let offset, let bytes):
      let write = WorkloadWrite(segment: segment, offset: offset, bytes: bytes)
      undo[client]?.append(
        WorkloadWrite(segment: segment, offset: offset, bytes: Array(images[segment][write.range])))
      images[segment].replaceSubrange(write.range, with: bytes)
    case .commit(let client, _):
      undo[client] = nil
    case .abort(let client), .drop(let client):
      for old in undo.removeValue(forKey: client)?.reversed() ?? [] {
        images[old.segment].replaceSubrange(old.range, with: old.bytes)
      }
    case .flush, .truncate, .truncateStep, .remap, .reopen:
      break
    }
  }

  /// Where the system's memory shows something else; nil where it shows what it has to.
  func difference(from system: any SystemUnderTest) throws -> Violation? {
    var violation: Violation?
    try system.readSegments { segment, bytes in
      guard violation == nil else { return }
      let expected = images[segment]
      let offset = unsafe bytes.withUnsafeBytes { found -> Int? in
        let isEqual = unsafe expected.withUnsafeBytes { expected in
          guard found.count == expected.count, let first = found.baseAddress,
            let second = expected.baseAddress
          else { return found.count == expected.count }
          return unsafe memcmp(first, second, expected.count) == 0
        }
        if isEqual { return nil }
        return unsafe zip(found, expected).enumerated().first { $0.element.0 != $0.element.1 }?.offset
      }
      guard let offset else { return }
      let end = min(offset + 16, expected.count)
      let found = unsafe bytes.extracting(offset..<end).withUnsafeBytes { unsafe [UInt8]($0) }
      violation = Violation(
        .memoryDiverged,
        "Byte \(offset) of segment \(segment) in memory differs from what was stored there.",
        segment: segment, offset: offset, expected: Hexadecimal.text(Array(expected[offset..<end])),
        found: Hexadecimal.text(found))
    }
    return violation
  }
}
