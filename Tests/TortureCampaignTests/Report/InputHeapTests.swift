import SeededRandom
import Testing

@testable import TortureCampaign

@Suite struct InputHeapTests {
  @Test func theHeapGivesWhatASortGives() {
    var random = SplitMix64(seed: 11)
    for _ in 0..<200 {
      var queues = (0..<Int(random.next() % 6) + 1).map { _ in
        (0..<Int(random.next() % 9)).map { _ in Int(random.next() % 50) }.sorted()
      }
      let wanted = queues.flatMap { $0 }.sorted()
      var heap = InputHeap(queues.map { $0.first ?? .max }, sizes: queues.map(\.count))
      var found: [Int] = []
      while let index = heap.first, let place = queues[index].first {
        found.append(place)
        queues[index].removeFirst()
        heap.replaceFirst(with: queues[index].first ?? .max)
      }
      #expect(found == wanted)
    }
  }
}
