import Testing

@testable import KernelDisk

/// A look that reads what an earlier one read comes to the same.
@Suite struct SectorMemoryTests {
  private func outcome(_ memory: SectorMemory<String>, _ disk: [Int: UInt64]) -> String? {
    memory.outcome { disk[$0] ?? 0 }
  }

  @Test func remembersByWhatIsRead() {
    let memory = SectorMemory<String>()
    #expect(outcome(memory, [:]) == nil)
    memory.remember("one", reading: [(1, 10), (2, 20)])
    // Sector 3 is not looked at.
    #expect(outcome(memory, [1: 10, 2: 20, 3: 30]) == "one")
    #expect(outcome(memory, [1: 10, 2: 21]) == nil)
    memory.remember("two", reading: [(1, 10), (2, 21), (5, 50)])
    #expect(outcome(memory, [1: 10, 2: 21, 5: 50]) == "two")
    #expect(outcome(memory, [1: 10, 2: 21, 5: 51]) == nil)
    #expect(memory.unlikeCount == 0)
  }

  @Test func theOrderOfReadsDoesNotMatter() {
    let memory = SectorMemory<String>()
    memory.remember("one", reading: [(1, 10), (2, 20)])
    memory.remember("two", reading: [(3, 30), (2, 21), (1, 10)])
    #expect(outcome(memory, [1: 10, 2: 21, 3: 30]) == "two")
    #expect(memory.unlikeCount == 0)
  }

  @Test func looksThatAreNoFunctionAreCounted() {
    let memory = SectorMemory<String>()
    memory.remember("one", reading: [(1, 10), (2, 20)])
    // It leaves out what is read first, and so has no place.
    memory.remember("two", reading: [(2, 20)])
    #expect(memory.unlikeCount == 1)
    memory.remember("three", reading: [(1, 10), (2, 20)])
    #expect(memory.unlikeCount == 2)
    #expect(memory.otherwiseCount == 1)
    #expect(outcome(memory, [1: 10, 2: 20]) == "one")
  }
}
