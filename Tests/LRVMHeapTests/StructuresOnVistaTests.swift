import FaultFS
import RecoverableHeap
import Testing
import Vista

@testable import heap_torture

/// The same structures on the other engine: only the heap's type is another.
@Suite struct StructuresOnVistaTests {
  private func heap() throws -> (Vista, Heap) {
    let disk = FaultDisk(profile: .rio)
    try Vista.createLog("log", on: disk)
    try Vista.createSegment("heap", length: 32 * Vista.pageLength, on: disk)
    let vista = try Vista(log: "log", on: disk)
    let region = try vista.map("heap")
    try Heap.create(in: region)
    return (vista, try Heap(in: region))
  }

  @Test func aHashTableIsADictionary() throws {
    let (vista, heap) = try heap()
    let first = try vista.begin()
    let table = try HashTable<Int, Heap>(in: heap, by: first)
    try first.commit()
    var model: [UInt64: Int] = [:]
    for step in 0..<200 {
      let key = UInt64(step * 37 % 50)
      let transaction = try vista.begin()
      let before = model
      if step % 3 == 0 {
        let wasThere = try table.remove(key, by: transaction)
        #expect(wasThere == (model.removeValue(forKey: key) != nil))
      } else {
        try table.insert(step, for: key, by: transaction)
        model[key] = step
      }
      if step % 7 == 0 {
        transaction.abort()
        model = before
      } else {
        try transaction.commit()
      }
      #expect(table.count == model.count)
    }
    for key in 0..<UInt64(50) { #expect(table[key] == model[key]) }
    #expect(try heap.check(reachable: table.allocations).isClean)
  }

  @Test func aQueueGivesWhatItTook() throws {
    let (vista, heap) = try heap()
    let transaction = try vista.begin()
    let queue = try Queue(in: heap, by: transaction)
    var model: [[UInt8]] = []
    for step in 0..<100 {
      if step % 3 == 2 {
        let popped = try queue.popFirst(by: transaction)
        #expect(popped == (model.isEmpty ? nil : model.removeFirst()))
      } else {
        let bytes = [UInt8](repeating: UInt8(step), count: step % 50)
        try queue.append(bytes, by: transaction)
        model.append(bytes)
      }
      #expect(queue.elements == model)
    }
    try transaction.commit()
    #expect(try heap.check(reachable: queue.allocations).isClean)
  }
}
