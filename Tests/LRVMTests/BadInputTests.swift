import FaultFS
import Foundation
import LRVM
import Storage
import SystemPackage
import Testing

/// Logs and segments that cannot be used: a typed error that names the file, and the file is left as it was.
@Suite struct BadInputTests {
  /// Opens the log "log", expects an error, and that all files are as before.
  private func refusal(_ disk: any Storage) throws -> RVMError? {
    let before = try disk.list("").map { try disk.contents($0) }
    defer { #expect((try? disk.list("").map { try disk.contents($0) }) == before) }
    do {
      _ = try RVM.open(disk)
      return nil
    } catch {
      #expect(error.description.contains("'log'") || error.description.contains("'a'"))
      return error
    }
  }

  /// A disk whose log is as a dead process leaves it, with `turns` commits that the segments lack.
  private func diskWithLiveLog(_ turns: Int = 6) throws -> FaultDisk {
    let disk = try SmallLog.disk(segments: ["a", "b"])
    let rvm = try RVM.open(disk)
    let (a, b) = (try rvm.map("a"), try rvm.map("b"))
    for turn in 1...turns {
      let transaction = try rvm.begin()
      try transaction.store(UInt64(turn), in: a, at: 512 * turn)
      try transaction.store(UInt64(turn), in: b, at: 0)
      try transaction.commit()
    }
    return disk
  }

  @Test func filesThatAreNoLog() throws {
    let disk = FaultDisk()
    #expect(try refusalOfMissing(disk))
    for bytes in [[], [1], [UInt8](repeating: 0, count: 100_000), Array("LRVM lo".utf8)] as [[UInt8]] {
      try disk.replace("log", with: bytes)
      #expect(try refusal(disk) == .notALog(file: "log"))
    }
    try disk.replace("log", with: Array("LRVM log".utf8))
    #expect(try refusal(disk) == .logDamaged(log: "log", reason: "both copies of its header are damaged"))
    var random = Random(seed: 20)
    for _ in 0..<50 {
      let bytes = (0..<random.below(20_000)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      try disk.replace("log", with: bytes)
      #expect(try refusal(disk) == .notALog(file: "log"))
      // The same with a right beginning.
      try disk.replace("log", with: Array("LRVM log".utf8) + bytes)
      #expect(try refusal(disk) != nil)
    }
  }

  private func refusalOfMissing(_ disk: FaultDisk) throws -> Bool {
    guard case .storage(_, let error) = try refusal(disk) else { return false }
    return error == StorageError(.open, "log", .errno(.noSuchFileOrDirectory))
  }

  @Test(arguments: [true, false]) func aDirectory(_ isReal: Bool) throws {
    let directory = try TemporaryDirectory()
    let disk: any Storage = isReal ? try directory.storage() : FaultDisk()
    if isReal {
      for name in ["log", "a"] {
        try FileManager.default.createDirectory(
          atPath: "\(directory.path)/\(name)", withIntermediateDirectories: false)
      }
    } else {
      try disk.replace("log/file", with: [1])
      try disk.replace("a/file", with: [1])
    }
    guard case .storage(_, let error) = try refusal(disk) else {
      Issue.record("a directory was opened as a log")
      return
    }
    #expect(error == StorageError(.open, "log", .errno(.isDirectory)))
    try RVM.createLog("other", shape: SmallLog.shape, on: disk)
    let rvm = try RVM(log: "other", on: disk, options: .stepped())
    #expect {
      try rvm.map("a")
    } throws: { error in
      guard case .segmentUnusable(segment: "a", _) = error as? RVMError else { return false }
      return true
    }
  }

  @Test func anUnreadableLog() throws {
    // The superuser reads everything: then there is nothing to test.
    guard getuid() != 0 else { return }
    let directory = try TemporaryDirectory()
    let disk = try directory.storage()
    try SmallLog.create(on: disk)
    for mode in [0o000, 0o400] {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: "\(directory.path)/log")
      #expect {
        try RVM.open(disk)
      } throws: { error in
        guard case .storage(_, let error) = error as? RVMError else { return false }
        return error == StorageError(.open, "log", .errno(.permissionDenied))
      }
    }
  }

  @Test func anotherFormatVersion() throws {
    let disk = try diskWithLiveLog()
    // Version 7 with its right checksum, made by XXH3 of the first 32 bytes.
    var log = try disk.contents("log")
    log[8] = 7
    log[512 + 8] = 7
    try disk.replace("log", with: log)
    guard case .logDamaged = try refusal(disk) else {
      Issue.record("a damaged version was believed")
      return
    }
    log.replaceSubrange(32..<40, with: FormatBytes.checksum(Array(log[0..<32])))
    try disk.replace("log", with: log)
    #expect(try refusal(disk) == .unsupportedVersion(log: "log", found: 7, supported: 3))
  }

  @Test func everyStatusBlockBad() throws {
    let disk = try diskWithLiveLog()
    var log = try disk.contents("log")
    for block in [1024, 1536, 2048] { log[block + 20] ^= 0xff }
    try disk.replace("log", with: log)
    #expect(try refusal(disk) == .logDamaged(log: "log", reason: "none of its status blocks is valid"))
  }

  @Test func everyTruncationOfTheLog() throws {
    let disk = try diskWithLiveLog()
    let log = try disk.contents("log")
    for length in 0..<log.count {
      try disk.replace("log", with: Array(log[0..<length]))
      let error = try refusal(disk)
      if length < 8 {
        #expect(error == .notALog(file: "log"))
      } else if length < 40 {
        #expect(error == .logDamaged(log: "log", reason: "both copies of its header are damaged"))
      } else {
        #expect(error == .logTruncated(log: "log", length: length, expected: log.count))
      }
    }
  }

  @Test func aMissingOrShortenedSegment() throws {
    for live in [true, false] {
      let disk = try diskWithLiveLog()
      if !live { try RVM.open(disk).terminate() }
      let segment = try disk.contents("a")
      for length in [nil, 0, 4096, 8191] as [Int?] {
        if let length {
          try disk.replace("a", with: Array(segment[0..<length]))
        } else {
          try disk.remove("a")
        }
        if live {
          guard case .segmentUnusable(segment: "a", _) = try refusal(disk) else {
            Issue.record("a log was opened whose segment has length \(String(describing: length))")
            return
          }
        } else {
          // Nothing is to be applied, so it shows when the segment is mapped; the others are usable.
          let rvm = try RVM.open(disk)
          #expect(try rvm.map("b").load(UInt64.self, at: 0) == 6)
          #expect {
            try rvm.map("a")
          } throws: { error in
            guard case .segmentUnusable(segment: "a", _) = error as? RVMError else { return false }
            return true
          }
        }
      }
      try disk.replace("a", with: segment)
      #expect(try RVM.open(disk).map("a").load(UInt64.self, at: 512 * 6) == 6)
    }
  }
}
