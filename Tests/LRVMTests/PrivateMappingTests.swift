import FaultFS
import Foundation
import LRVM
import Storage
import Testing

/// A private mapping reads pages that were never written to from the file, whenever it likes. So at any time such a page
/// of the file must hold what memory holds.
@Suite struct PrivateMappingTests {
  /// The claim that makes a private mapping safe, step by step, on a disk in memory: whatever truncation writes, and
  /// whenever, no page that was not stored to changes in the file while it is mapped.
  @Test(arguments: 1...6, [Options.TruncationMethod.epoch, .incremental])
  func theFileOfAPageThatWasNotStoredToNeverChanges(seed: UInt64, method: Options.TruncationMethod) throws {
    let disk = FaultDisk()
    let pages = 8
    try RVM.createLog("log", shape: LogShape(recordSectors: 24, statusLength: 512), on: disk)
    try RVM.createSegment("segment", length: pages * RVM.pageLength, on: disk)
    let options = Options(
      truncationDriver: .stepped, truncationMethod: method, truncationThreshold: 0.2, spoolBytesMax: 600)
    let rvm = try RVM(log: "log", on: disk, options: options)
    var region = try rvm.map("segment")
    var stored = Set<Int>()
    var random = seed
    func below(_ bound: Int) -> Int {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((random >> 33) % UInt64(bound))
    }
    for step in 0..<300 {
      let transaction = try rvm.begin()
      // Half of the ranges are declared and nothing is stored: the record then has what the page shows.
      for _ in 0..<1 + below(3) {
        let page = below(pages)
        let offset = page * RVM.pageLength + below(4000)
        if below(2) == 0 {
          try transaction.setRange(region, offset: offset, length: 90)
        } else {
          try transaction.store(UInt64(step), in: region, at: offset)
          stored.insert(page)
        }
      }
      if below(8) == 0 {
        transaction.abort()
      } else {
        try transaction.commit(below(3) == 0 ? .flush : .noFlush)
      }
      try rvm.truncationStep()
      try expectUntouchedPagesEqual(region, stored, disk)
      if below(60) == 0 {
        // Mapped again, every page is read from the file anew.
        try rvm.unmap(region)
        region = try rvm.map("segment")
        stored.removeAll()
        try expectUntouchedPagesEqual(region, stored, disk)
      }
    }
    try rvm.terminate()
  }

  private func expectUntouchedPagesEqual(_ region: Region, _ stored: Set<Int>, _ disk: FaultDisk) throws {
    let file = try disk.open(region.segment, .readOnly)
    defer { file.close() }
    for page in 0..<region.length / RVM.pageLength where !stored.contains(page) {
      let bytes = try file.read(RVM.pageLength, at: page * RVM.pageLength)
      let isEqual = region.withBytes { memory in
        bytes.indices.allSatisfy {
          unsafe memory.unsafeLoad(fromByteOffset: page * RVM.pageLength + $0, as: UInt8.self) == bytes[$0]
        }
      }
      #expect(isEqual, "page \(page)")
    }
  }

  /// The same transactions through a region of each kind, on the real disk: both show the same, and so do the files.
  @Test func bothWaysOfMappingShowTheSame() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lrvm-mapping-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    var images: [[UInt8]] = []
    for mapping in [Mapping.copying, .onDemand] {
      let place = folder.appending(path: mapping.rawValue)
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      let disk = try PosixStorage(directory: place.path)
      try RVM.createLog("log", shape: LogShape(recordSectors: 64), on: disk)
      try RVM.createSegment("segment", length: 64 * RVM.pageLength, on: disk)
      for life in 0..<3 {
        let rvm = try RVM(log: "log", on: disk, options: Options(truncationThreshold: 0.2))
        var region = try rvm.map("segment", mapping: mapping)
        #expect(region.isMappedOnDemand == (mapping == .onDemand))
        for step in 0..<200 {
          if step % 50 == 49 {
            try rvm.unmap(region)
            region = try rvm.map("segment", offset: 0, mapping: mapping)
          }
          let offset = (step * 7919 + life * 104_729) % (63 * RVM.pageLength)
          let transaction = try rvm.begin()
          try transaction.store(region.load(UInt64.self, at: offset) &+ UInt64(step), in: region, at: offset)
          if step % 7 == 3 {
            transaction.abort()
          } else {
            try transaction.commit(step % 5 == 0 ? .flush : .noFlush)
          }
        }
        if life == 2 {
          images.append(region.withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe Array($0) } })
        }
        try rvm.terminate()
      }
      try RVM.recover(log: "log", on: disk)
      images.append(try disk.open("segment", .readOnly).read(64 * RVM.pageLength, at: 0))
    }
    #expect(images[0] == images[1])
    #expect(images[0] == images[2])
    #expect(images[0] == images[3])
  }

  @Test func whatIsNotStoredToIsNotKept() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lrvm-mapping-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let disk = try PosixStorage(directory: folder.path)
    try RVM.createLog("log", shape: LogShape(recordSectors: 64), on: disk)
    try RVM.createSegment("segment", length: 2 * RVM.pageLength, on: disk)
    let rvm = try RVM(log: "log", on: disk)
    #expect(throws: RVMError.self) { try rvm.map("segment", length: 4 * RVM.pageLength, mapping: .onDemand) }
    let region = try rvm.map("segment", mapping: .onDemand)
    // Not declared, so not the file's: what memory holds is the mapping's own.
    unsafe region.bytes.storeBytes(of: 7, as: UInt8.self)
    try rvm.unmap(region)
    #expect(try rvm.map("segment", mapping: .onDemand).load(UInt8.self, at: 0) == 0)
    try rvm.terminate()
  }
}
