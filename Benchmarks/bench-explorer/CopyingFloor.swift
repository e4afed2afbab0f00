import CXXHash
import FaultFS
import Glibc
import LRVM
import Storage

/// What recovering a crash state costs without a harness: the log and the segment are copied, the log's sectors are
/// verified and their ranges applied, and the segment is compared with what it has to be.
///
/// With raw pointers and nothing else: no files, no errors, no syncs, no status block, no order of ranges other than the
/// log's. Whoever copies whole images to try a state cannot be faster.
@safe
final class CopyingFloor {
  @safe
  private struct State {
    /// The record area, the segment before recovery, and the segment after it.
    var log: UnsafeMutableRawPointer
    var segment: UnsafeMutableRawPointer
    var expected: UnsafeMutableRawPointer
  }

  private let logLength: Int
  private let segmentLength: Int
  private var states: [State] = []
  private let log: UnsafeMutableRawPointer
  private let segment: UnsafeMutableRawPointer
  private let stream: UnsafeMutableRawPointer

  /// Copies all states of a recorded run.
  init(_ run: RecordedRun, logSectors: Int) throws {
    logLength = logSectors * RecordedRun.sectorLength
    segmentLength = run.segmentLength
    unsafe log = Self.allocate(logLength)
    unsafe segment = Self.allocate(segmentLength)
    unsafe stream = Self.allocate(logLength)
    for state in run.states {
      let copy = unsafe State(
        log: Self.allocate(logLength), segment: Self.allocate(segmentLength),
        expected: Self.allocate(segmentLength))
      states.append(copy)
      try run.window.withDisk(showing: state) { disk in
        // The record area comes last.
        let start = try disk.open(RecordedRun.logName, .readOnly).size() - logLength
        try unsafe Self.fill(copy.log, logLength, disk, RecordedRun.logName, at: start)
        try unsafe Self.fill(copy.segment, segmentLength, disk, RecordedRun.segmentName, at: 0)
        try RVM.recover(log: RecordedRun.logName, on: disk)
        try unsafe Self.fill(copy.expected, segmentLength, disk, RecordedRun.segmentName, at: 0)
      }
    }
  }

  deinit {
    for state in states {
      unsafe state.log.deallocate()
      unsafe state.segment.deallocate()
      unsafe state.expected.deallocate()
    }
    unsafe log.deallocate()
    unsafe segment.deallocate()
    unsafe stream.deallocate()
  }

  private static func allocate(_ length: Int) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer.allocate(byteCount: length, alignment: 64)
  }

  @unsafe
  private static func fill(
    _ target: UnsafeMutableRawPointer, _ length: Int, _ disk: FaultDisk, _ name: String, at offset: Int
  ) throws {
    let bytes = try disk.open(name, .readOnly).read(length, at: offset)
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe UnsafeMutableRawBufferPointer(start: target, count: length).copyMemory(from: bytes)
    }
  }

  /// Recovers every state; how many there were.
  func recoverAll() -> Int {
    for state in states {
      unsafe log.copyMemory(from: state.log, byteCount: logLength)
      unsafe segment.copyMemory(from: state.segment, byteCount: segmentLength)
      apply(streamLength: scan())
      if unsafe memcmp(segment, state.expected, segmentLength) != 0 {
        fatalError("the floor recovered a state to something else than LRVM did")
      }
    }
    return states.count
  }

  /// Verifies sectors until one fails, and joins their payloads (see `docs/log-format.md`).
  private func scan() -> Int {
    let sectorLength = RecordedRun.sectorLength
    var count = 0
    var start = 0
    while start < logLength {
      let sector = unsafe log + start
      if unsafe sector.load(as: UInt64.self) != cxxhash_xxh3_64(sector + 8, sectorLength - 8, 0) { break }
      let used = unsafe Int(sector.load(fromByteOffset: 28, as: UInt16.self))
      unsafe (stream + count).copyMemory(from: sector + 32, byteCount: used)
      count += used
      start += sectorLength
    }
    return count
  }

  /// Applies the ranges of all complete batches.
  private func apply(streamLength: Int) {
    var batch = 0
    var end = 0
    while end + 16 <= streamLength {
      let length = unsafe Int((stream + end).loadUnaligned(fromByteOffset: 8, as: UInt32.self))
      if length > streamLength - end { return }
      let followers = unsafe (stream + end).loadUnaligned(fromByteOffset: 12, as: UInt32.self)
      end += length
      if followers > 0 { continue }
      while batch < end {
        let recordEnd = unsafe batch + Int((stream + batch).loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        var range = batch + 16
        while range < recordEnd {
          let offset = unsafe Int((stream + range).loadUnaligned(as: UInt64.self))
          let count = unsafe Int((stream + range).loadUnaligned(fromByteOffset: 8, as: UInt32.self))
          unsafe (segment + offset).copyMemory(from: stream + range + 16, byteCount: count)
          range += 16 + count
        }
        batch = recordEnd
      }
    }
  }
}
