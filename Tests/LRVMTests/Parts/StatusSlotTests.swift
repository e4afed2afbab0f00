import Storage
import SystemPackage
import Testing

@testable import LRVM

/// However many status blocks in a row could not be synced, a write that is torn leaves the last one that could.
@Suite struct StatusSlotTests {
  /// `dying`: the one of the failures after which the process could not take its block back; -1 for none.
  @Test(arguments: WritebackDisk.Writeback.allCases, -1..<4)
  func aBlockThatWasDurableIsNeverLost(_ writeback: WritebackDisk.Writeback, _ dying: Int) throws {
    for proven in 0..<4 as Range<UInt64> {
      for failures in 0..<5 {
        for seed in 0..<12 as Range<UInt64> {
          let created = WritebackDisk()
          try SmallLog.create(on: created)
          created.writeback = writeback
          let disk = created.copy(seed: seed)
          if proven > 0 {
            let log = try LogFile(opening: "log", on: disk)
            defer { log.file.close() }
            for _ in 0..<proven { try log.replaceStatus { $0.headSequence += 1 } }
          }
          for failure in 0..<failures {
            let log = try LogFile(opening: "log", on: disk)
            defer { log.file.close() }
            var syncs = 0
            disk.fault = { call in
              // The first sync is of what was found.
              if call.operation == .sync { syncs += 1 }
              return syncs == 2 && (call.operation == .sync || failure == dying) ? .refused(.ioError) : nil
            }
            #expect(throws: RVMError.self) { try log.replaceStatus { $0.headSequence += 1 } }
            disk.fault = { _ in nil }
          }
          let log = try LogFile(opening: "log", on: disk)
          #expect(log.status.headSequence == 1 + proven + (dying >= 0 && dying < failures ? 1 : 0))
          var writes = 0
          disk.fault = { call in
            writes += call.operation == .write ? 1 : 0
            return writes == 1 ? .powerLoss : nil
          }
          #expect(throws: RVMError.self) { try log.replaceStatus { $0.headSequence += 1 } }
          log.file.close()
          disk.restart()
          let found = try LogFile(opening: "log", on: disk)
          #expect(
            found.status.headSequence >= 1 + proven, "\(proven) durable, then \(failures) failed, \(seed)")
          found.file.close()
        }
      }
    }
  }
}
