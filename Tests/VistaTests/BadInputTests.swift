import FaultFS
import PersistentMemory
import Storage
import SystemPackage
import Testing

@testable import Vista

/// What is no log, no segment, or was damaged is refused by name, and nothing is changed.
@Suite struct BadInputTests {
  private let folder: MemoryFolder
  private let storage: MappedStorage

  init() throws {
    folder = try MemoryFolder()
    storage = try folder.storage()
    try Vista.createLog("log", length: 160 << 10, on: storage)
    try Vista.createSegment("segment", length: 4 * Vista.pageLength, on: storage)
  }

  private func expectRefused(_ expected: VistaError, log: String = "log") throws {
    let before = try folder.bytes(log)
    let segment = try folder.bytes("segment")
    #expect(throws: expected) { _ = try Vista(log: log, on: storage) }
    #expect(try folder.bytes(log) == before)
    #expect(try folder.bytes("segment") == segment)
    #expect(!"\(expected)".isEmpty)
  }

  @Test func whatIsNoLogIsRefused() throws {
    try folder.write([], to: "empty")
    try expectRefused(.notALog(file: "empty"), log: "empty")
    try folder.write([1, 2, 3], to: "short")
    try expectRefused(.notALog(file: "short"), log: "short")
    try folder.write([UInt8](repeating: 7, count: 200_000), to: "other")
    try expectRefused(.notALog(file: "other"), log: "other")
    try expectRefused(.notALog(file: "segment"), log: "segment")
    #expect(throws: VistaError.self) { _ = try Vista(log: "missing", on: storage) }
    #expect(throws: VistaError.self) { _ = try Vista(log: "../log", on: storage) }
  }

  @Test func aLogOfAnotherVersionOrLengthIsRefused() throws {
    let log = try folder.bytes("log")
    var newer = log
    newer.put(2, at: LogLayout.versionOffset)
    try folder.write(newer, to: "newer")
    try expectRefused(.unsupportedVersion(log: "newer", found: 2, supported: 1), log: "newer")
    try folder.write(Array(log[..<100_000]), to: "cut")
    try expectRefused(.logCut(log: "cut", length: 100_000, expected: 163_840), log: "cut")
    try folder.write(log + [0], to: "longer")
    try expectRefused(.logCut(log: "longer", length: 163_841, expected: 163_840), log: "longer")
    var damaged = log
    damaged.put(1 << 40, at: LogLayout.lengthOffset)
    try folder.write(damaged, to: "damaged")
    try expectRefused(
      .logDamaged(log: "damaged", reason: "its header does not match its checksum"), log: "damaged")
  }

  @Test func aLogInUseIsRefused() throws {
    let vista = try Vista(log: "log", on: storage)
    #expect(throws: VistaError.logInUse(log: "log")) { _ = try Vista(log: "log", on: storage) }
    try vista.terminate()
    _ = try Vista(log: "log", on: storage)
  }

  @Test func badShapesAreRefused() throws {
    for length in [0, -4096, 4096, 100_001, LogLayout.lengthMin - 4096, LogLayout.lengthMax + 4096] {
      #expect(throws: VistaError.self) { try Vista.createLog("new", length: length, on: storage) }
    }
    for length in [0, -4096, 1, 4097] {
      #expect(throws: VistaError.self) { try Vista.createSegment("new", length: length, on: storage) }
    }
    #expect(throws: VistaError.self) { try Vista.createLog("log", on: storage) }
    #expect(throws: VistaError.self) { try Vista.createSegment("segment", length: 4096, on: storage) }
    #expect(try storage.list("") == ["log", "segment"])
  }

  @Test func segmentsThatCannotBeOnesAreRefused() throws {
    let vista = try Vista(log: "log", on: storage)
    try folder.write([], to: "empty")
    try folder.write([UInt8](repeating: 1, count: 5000), to: "odd")
    for name in ["missing", "empty", "odd", "/etc", ""] {
      #expect(throws: VistaError.self, "\(name)") { _ = try vista.map(name) }
    }
    // What was refused holds no place in the table and no lock.
    try folder.write([UInt8](repeating: 1, count: 4096), to: "odd")
    #expect(try vista.map("odd").load(UInt8.self, at: 4095) == 1)
  }

  // MARK: Unfinished transactions

  /// A log with one open transaction of two ranges, as a process leaves it that is killed.
  private func leaveOpen() throws {
    let session = try Vista(log: "log", on: storage)
    let region = try session.map("segment")
    let transaction = try session.begin()
    try transaction.store(UInt64(1), in: region, at: 0)
    try transaction.store(UInt64(2), in: region, at: 4096)
    let (log, segment) = (try folder.bytes("log"), try folder.bytes("segment"))
    transaction.abort()
    try session.terminate()
    try folder.write(log, to: "log")
    try folder.write(segment, to: "segment")
  }

  @Test func whatWasOpenIsUndone() throws {
    try leaveOpen()
    #expect(try folder.bytes("segment").word(at: 4096) == 2)
    let vista = try Vista(log: "log", on: storage)
    #expect(
      vista.recovery == RecoverySummary(transactionsUndone: 1, transactionsFinished: 0, rangesRestored: 2))
    #expect(try vista.map("segment").image == [UInt8](repeating: 0, count: 4 * Vista.pageLength))
  }

  @Test func aSegmentThatIsNeededAndMissingOrOfAnotherLengthIsRefused() throws {
    try leaveOpen()
    let segment = try folder.bytes("segment")
    try folder.write(segment + segment, to: "segment")
    try expectRefused(
      .segmentUnusable(
        segment: "segment", reason: "it has 32768 bytes, but had 16384 when log 'log' was in use"))
    try folder.write(Array(segment[..<8192]), to: "segment")
    try expectRefused(
      .segmentUnusable(
        segment: "segment", reason: "it has 8192 bytes, but had 16384 when log 'log' was in use"))
    try storage.rename("segment", to: "away")
    #expect(throws: VistaError.self) { _ = try Vista(log: "log", on: storage) }
    // Nothing was lost by trying.
    try folder.write(segment, to: "segment")
    #expect(try Vista(log: "log", on: storage).recovery.transactionsUndone == 1)
  }

  /// Each word of the records, the slot and the table, damaged in turn: refused, or undone as before; never a trap.
  @Test func aDamagedListIsRefusedAndChangesNothing() throws {
    try leaveOpen()
    let (log, segment) = (try folder.bytes("log"), try folder.bytes("segment"))
    let first = LogLayout.undoOffset
    let slot = LogLayout.slotsOffset
    var refused = 0
    for place in [slot, slot + 8, first, first + 8, first + 16, first + 32, first + 40, first + 48] {
      for bit in 0..<64 {
        var damaged = log
        damaged.put(log.word(at: place) ^ 1 << UInt64(bit), at: place)
        try folder.write(damaged, to: "log")
        try folder.write(segment, to: "segment")
        do {
          try Vista(log: "log", on: storage).terminate()
        } catch {
          refused += 1
          #expect(try folder.bytes("log") == damaged, "bit \(bit) at \(place)")
          #expect(try folder.bytes("segment") == segment, "bit \(bit) at \(place)")
        }
      }
    }
    // Most bits of a record's words matter; those of the place and of the length may stay in range.
    #expect(refused > 300)
  }

  /// Each word of a record that somebody's stray store hits while its transaction is open: nobody traps, and what cannot be
  /// undone is refused.
  @Test func aRecordThatIsWrittenOverWhileItIsOpenIsRefused() throws {
    let first = LogLayout.undoOffset
    var refused = 0
    for (place, bit) in [
      (first, 0), (first, 60), (first + 8, 2), (first + 8, 20), (first + 8, 40), (first + 16, 40),
    ] {
      let vista = try Vista(log: "log", on: storage)
      let region = try vista.map("segment")
      let transaction = try vista.begin()
      try transaction.store(UInt64(7), in: region, at: 64)
      let file = try storage.open("log", .readWrite)
      let old = try file.read(8, at: place)
      var new = old
      new[bit / 8] ^= 1 << UInt8(bit % 8)
      try unsafe file.write(new.span.bytes, at: place)
      transaction.abort()
      if case .logDamaged? = Refusal.begin(vista) {
        refused += 1
        #expect(vista.openTransactions == 0)
        try vista.terminate()
        #expect(throws: VistaError.self) { _ = try Vista(log: "log", on: storage) }
      }
      try unsafe file.write(old.span.bytes, at: place)
      file.close()
      try? vista.terminate()
      // With the record as it was, recovery undoes what could not be.
      let again = try Vista(log: "log", on: storage)
      #expect(try again.map("segment").load(UInt64.self, at: 64) == 0)
      try again.terminate()
    }
    #expect(refused == 5)
  }

  @Test func aPoisonedLineIsNamedAndNothingIsLost() throws {
    let disk = FaultDisk(profile: .adr)
    try Script.create(on: disk)
    disk.inject([Fault(.latentSectorError, file: Script.segment)])
    let vista = try Vista(log: Script.log, on: disk)
    #expect(
      throws: VistaError.segmentUnusable(
        segment: Script.segment,
        reason: "\(StorageError(.read, Script.segment, .errno(.ioError))); restore it from a backup")
    ) { _ = try vista.map(Script.segment) }
    try vista.terminate()
    disk.inject([Fault(.latentSectorError, file: Script.log)])
    #expect(
      throws: VistaError.storage(during: "opening the log", StorageError(.read, Script.log, .errno(.ioError)))
    ) {
      _ = try Vista(log: Script.log, on: disk)
    }
  }

  @Test func aProfileWithoutMemoryCannotBeMapped() throws {
    let disk = FaultDisk(profile: .posix)
    try Script.create(on: disk)
    #expect(
      throws: VistaError.storage(
        during: "opening the log", StorageError(.map, Script.log, .errno(.notSupported)))
    ) {
      _ = try Vista(log: Script.log, on: disk)
    }
  }
}
