/// A growable column of trivial elements, kept in memory that is reused when it is emptied.
///
/// An `Array` in a class costs a uniqueness check and a reference count at each access; the tables of a
/// timeline are read in the inner loop of an exploration, where that shows.
@safe
struct Column<Element: BitwiseCopyable>: ~Copyable {
  private var base: UnsafeMutablePointer<Element>
  private var capacity: Int
  private(set) var count = 0

  init() {
    capacity = 0
    unsafe base = UnsafeMutablePointer<Element>.allocate(capacity: 0)
  }

  deinit {
    unsafe base.deallocate()
  }

  subscript(index: Int) -> Element {
    @inline(__always) get {
      checkIndex(index)
      return unsafe base[index]
    }
    @inline(__always) set {
      checkIndex(index)
      unsafe base[index] = newValue
    }
  }

  @inline(__always)
  mutating func append(_ element: Element) {
    if count == capacity { reserve(count + 1) }
    unsafe (base + count).initialize(to: element)
    count += 1
  }

  /// Makes the column `newCount` long: new elements are `filler`, and those beyond are dropped.
  mutating func resize(to newCount: Int, filler: Element) {
    if newCount > count {
      reserve(newCount)
      unsafe (base + count).initialize(repeating: filler, count: newCount - count)
    }
    count = newCount
  }

  mutating func removeLast() -> Element {
    checkIndex(count - 1)
    count -= 1
    return unsafe base[count]
  }

  /// Empties the column and keeps its memory.
  mutating func removeAll() {
    count = 0
  }

  /// Sorts the elements by `areInIncreasingOrder`.
  mutating func sort(by areInIncreasingOrder: (Element, Element) -> Bool) {
    var elements = unsafe UnsafeMutableBufferPointer(start: base, count: count)
    unsafe elements.sort(by: areInIncreasingOrder)
  }

  private mutating func reserve(_ needed: Int) {
    guard needed > capacity else { return }
    let newCapacity = max(needed, capacity * 2, 16)
    let newBase = UnsafeMutablePointer<Element>.allocate(capacity: newCapacity)
    unsafe newBase.moveInitialize(from: base, count: count)
    unsafe base.deallocate()
    unsafe base = newBase
    capacity = newCapacity
  }

  @inline(__always)
  private func checkIndex(_ index: Int) {
    if index < 0 || index >= count { fatalError("index \(index) in a column of \(count) elements") }
  }
}
