/// A growable column of trivial elements, kept in memory that is reused when it is emptied.
///
/// An `Array` in a class costs a uniqueness check and an exclusivity check at each access; the tables of a timeline
/// are read in the inner loop of an exploration, where that is half of the time. A column is a constant that
/// points to what changes, so none of its calls needs `mutating`; and none of them runs code that could reach the
/// same column again.
@safe
struct Column<Element: BitwiseCopyable>: ~Copyable {
  @safe
  private struct Header {
    var base: UnsafeMutablePointer<Element>
    var capacity = 0
    var count = 0
  }

  private let header: UnsafeMutablePointer<Header>

  init() {
    unsafe header = UnsafeMutablePointer<Header>.allocate(capacity: 1)
    unsafe header.initialize(to: Header(base: UnsafeMutablePointer<Element>.allocate(capacity: 0)))
  }

  deinit {
    unsafe header.pointee.base.deallocate()
    unsafe header.deallocate()
  }

  var count: Int {
    @inline(__always) get { unsafe header.pointee.count }
  }

  subscript(index: Int) -> Element {
    @inline(__always) get {
      checkIndex(index)
      return unsafe header.pointee.base[index]
    }
    @inline(__always) nonmutating set {
      checkIndex(index)
      unsafe header.pointee.base[index] = newValue
    }
  }

  @inline(__always)
  func append(_ element: Element) {
    let count = count
    if unsafe count == header.pointee.capacity { reserve(count + 1) }
    unsafe (header.pointee.base + count).initialize(to: element)
    unsafe header.pointee.count = count + 1
  }

  /// Makes the column `newCount` long: new elements are `filler`, and those beyond are dropped.
  func resize(to newCount: Int, filler: Element) {
    if newCount > count {
      reserve(newCount)
      unsafe (header.pointee.base + count).initialize(repeating: filler, count: newCount - count)
    }
    unsafe header.pointee.count = newCount
  }

  func removeLast() -> Element {
    let last = self[count - 1]
    unsafe header.pointee.count -= 1
    return last
  }

  /// Empties the column and keeps its memory.
  func removeAll() {
    unsafe header.pointee.count = 0
  }

  /// Sorts the elements in ascending order.
  func sort() where Element: Comparable {
    var elements = unsafe UnsafeMutableBufferPointer(start: header.pointee.base, count: count)
    unsafe elements.sort()
  }

  private func reserve(_ needed: Int) {
    let capacity = unsafe header.pointee.capacity
    guard needed > capacity else { return }
    let newCapacity = max(needed, capacity * 2, 16)
    let newBase = UnsafeMutablePointer<Element>.allocate(capacity: newCapacity)
    unsafe newBase.moveInitialize(from: header.pointee.base, count: count)
    unsafe header.pointee.base.deallocate()
    unsafe header.pointee.base = newBase
    unsafe header.pointee.capacity = newCapacity
  }

  @inline(__always)
  private func checkIndex(_ index: Int) {
    if index < 0 || index >= count { fatalError("index \(index) in a column of \(count) elements") }
  }
}
