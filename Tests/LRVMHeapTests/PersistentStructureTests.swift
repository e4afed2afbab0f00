import FaultFS
import LRVM
import LRVMHeap
import Testing

@testable import heap_torture

/// The examples against the standard library's own.
@Suite struct PersistentStructureTests {
  private func heap() throws -> (RVM, Heap) {
    let disk = FaultDisk()
    try RVM.createLog("log", on: disk)
    try RVM.createSegment("heap", length: 32 * RVM.pageLength, on: disk)
    let rvm = try RVM(log: "log", on: disk, options: Options(truncationDriver: .stepped))
    let region = try rvm.map("heap")
    let transaction = try rvm.begin()
    try Heap.create(in: region, by: transaction)
    try transaction.commit()
    return (rvm, try Heap(in: region))
  }

  @Test(arguments: 1...4) func aHashTableIsADictionary(seed: UInt64) throws {
    let (rvm, heap) = try heap()
    let first = try rvm.begin()
    let table = try HashTable<Int, Heap>(in: heap, by: first)
    try first.commit(.noFlush)
    var model: [UInt64: Int] = [:]
    var random = seed
    for step in 0..<500 {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let key = random >> 40 % 100
      let isKept = random >> 20 % 7 != 0
      let transaction = try rvm.begin()
      let before = model
      if random >> 30 % 3 == 0 {
        #expect(try table.remove(key, by: transaction) == (model.removeValue(forKey: key) != nil))
      } else {
        try table.insert(step, for: key, by: transaction)
        model[key] = step
      }
      if isKept {
        try transaction.commit(.noFlush)
      } else {
        transaction.abort()
        model = before
      }
      #expect(table.count == model.count)
    }
    for key in 0..<UInt64(100) { #expect(table[key] == model[key]) }
    #expect(try heap.check(reachable: table.allocations).isClean)
  }

  @Test func aQueueGivesWhatItTook() throws {
    let (rvm, heap) = try heap()
    let transaction = try rvm.begin()
    let queue = try Queue(in: heap, by: transaction)
    var model: [[UInt8]] = []
    for step in 0..<200 {
      if step % 3 == 2 {
        #expect(try queue.popFirst(by: transaction) == (model.isEmpty ? nil : model.removeFirst()))
      } else {
        let bytes = [UInt8](repeating: UInt8(step), count: step % 50)
        try queue.append(bytes, by: transaction)
        model.append(bytes)
      }
    }
    #expect(queue.elements == model)
    while let bytes = try queue.popFirst(by: transaction) { #expect(bytes == model.removeFirst()) }
    #expect(model.isEmpty && queue.count == 0)
    #expect(try heap.check(reachable: queue.allocations).isClean)
    try transaction.commit()
  }
}
