import Glibc

/// Values on the heap, in a row, that grows and is reused: the lists that a transaction fills and empties.
///
/// An array would count a reference and ask whether it is the only one for every element; emptying it keeps its memory
/// here, so that a path that has run once allocates nothing.
@safe struct PlainList<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
  private var start: UnsafeMutablePointer<Element>?
  private var capacity = 0
  private(set) var count = 0

  /// An empty list; it allocates nothing before it is used.
  init() { unsafe start = nil }

  deinit { unsafe free(start) }

  var isEmpty: Bool { count == 0 }
  var indices: Range<Int> { 0..<count }

  subscript(index: Int) -> Element {
    @inline(__always) get {
      checkIndex(index)
      return unsafe start.unsafelyUnwrapped[index]
    }
    @inline(__always) _modify {
      checkIndex(index)
      yield unsafe &start.unsafelyUnwrapped[index]
    }
  }

  @inline(__always)
  mutating func append(_ element: Element) {
    if count == capacity { grow() }
    unsafe start.unsafelyUnwrapped[count] = element
    count += 1
  }

  mutating func append(_ element: Element, count: Int) {
    for _ in 0..<count { append(element) }
  }

  mutating func removeAll() { count = 0 }

  mutating func removeLast(_ removed: Int) {
    invariant(removed >= 0 && removed <= count, "cannot remove \(removed) of \(count) elements")
    count -= removed
  }

  mutating func sort(by areInOrder: (Element, Element) -> Bool) {
    var elements = unsafe UnsafeMutableBufferPointer(start: start, count: count)
    unsafe elements.sort(by: areInOrder)
  }

  @inline(never)
  private mutating func grow() {
    let larger = max(16, 2 * capacity)
    let memory = unsafe realloc(start, larger * MemoryLayout<Element>.stride)
    invariant(unsafe memory != nil, "no memory for a list of \(larger) elements")
    unsafe start = memory?.assumingMemoryBound(to: Element.self)
    capacity = larger
  }

  @inline(__always)
  private func checkIndex(_ index: Int) {
    invariant(index >= 0 && index < count, "element \(index) lies outside a list of \(count)")
  }
}
