internal import Synchronization

/// A segment's file, mapped once for all of its regions.
final class MappedSegment: Sendable {
  let name: String
  /// Its number in the log's table, by which records know it.
  let number: Int
  let memory: AddressedMemory
  /// What was committed, for checked mode.
  let shadow: Shadow?
  /// What is known of the heaps in it, by where their regions begin.
  let heaps = Mutex<[HeapState]>([])

  init(_ name: String, number: Int, _ memory: AddressedMemory, isChecked: Bool) {
    self.name = name
    self.number = number
    self.memory = memory
    shadow = isChecked ? Shadow(of: memory) : nil
  }

  /// The heap that has the word at `place`, in the segment; nil where none that was opened has.
  func heap(at place: Int) -> HeapState? {
    heaps.withLock { $0.first { $0.contains(place) } }
  }

  /// Stores a word of the engine's own, which belongs to no transaction's range.
  func store(_ word: UInt64, at offset: Int) {
    guard let shadow else { return memory.store(word, at: offset) }
    shadow.changing(offset..<offset + 8, of: memory) { memory.store(word, at: offset) }
  }
}
