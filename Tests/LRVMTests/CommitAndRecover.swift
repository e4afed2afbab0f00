import FaultFS
import LRVM
import Storage
import Testing

@Suite struct CommitAndRecover {
  @Test func committedBytesAreThereAfterOpeningAgain() throws {
    let disk = FaultDisk()
    try RVM.createLog("log", shape: LogShape(recordSectors: 16, statusLength: 512), on: disk)
    try RVM.createSegment("data.seg", length: 8192, on: disk)
    for method in [Options.TruncationMethod.epoch, .incremental] {
      let options = Options(truncationDriver: .stepped, truncationMethod: method, isChecked: true)
      var rvm = try RVM(log: "log", on: disk, options: options)
      var region = try rvm.map("data.seg")
      for turn in 0..<200 {
        let transaction = try rvm.begin()
        try transaction.store(UInt64(turn), in: region, at: turn * 8)
        try transaction.store(UInt64(turn), in: region, at: 4096)
        try transaction.commit(turn % 3 == 0 ? .flush : .noFlush)
        while try rvm.truncationStep() {}
      }
      try rvm.terminate()
      rvm = try RVM(log: "log", on: disk, options: options)
      region = try rvm.map("data.seg")
      for turn in 0..<200 { #expect(region.load(UInt64.self, at: turn * 8) == UInt64(turn)) }
      #expect(region.load(UInt64.self, at: 4096) == 199)
      try rvm.terminate()
    }
  }
}
