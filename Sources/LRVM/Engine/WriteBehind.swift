import Storage

/// Has what a truncation wrote to its segments on its way to the disk soon, a few pages at a time.
///
/// Otherwise all of it would go at once when the segments are synced, and each commit meanwhile would wait behind it. A
/// page goes once the truncation has left it, since a page that is changed on its way must go again.
struct WriteBehind {
  /// How many pages go together.
  private static let pagesMax = 4

  private var file: (any StorageFile)?
  /// Pages that are not on their way, by number; disjoint.
  private var stretches: [Range<Int>] = []
  private var pageCount = 0
  /// How often some went on their way.
  private(set) var portions = 0

  /// Forgets what is not on its way: it was synced, or is to be written once more.
  mutating func reset() {
    file = nil
    stretches.removeAll(keepingCapacity: true)
    pageCount = 0
  }

  /// These bytes of `file` were written.
  mutating func wrote(_ bytes: Range<Int>, to file: any StorageFile) throws(StorageError) {
    let first = bytes.lowerBound / RVM.pageLength
    let pages = first..<(bytes.upperBound - 1) / RVM.pageLength + 1
    let isSamePage = self.file === file && stretches.last.map { $0.contains(first) } ?? false
    if !isSamePage && pageCount >= Self.pagesMax || self.file !== file { try start() }
    self.file = file
    if let last = stretches.last, last.contains(first) || last.upperBound == first {
      pageCount += max(0, pages.upperBound - last.upperBound)
      stretches[stretches.count - 1] = last.lowerBound..<max(last.upperBound, pages.upperBound)
    } else {
      pageCount += pages.count
      stretches.append(pages)
    }
  }

  private mutating func start() throws(StorageError) {
    guard let file, !stretches.isEmpty else { return }
    for pages in stretches {
      try file.startWriting(pages.count * RVM.pageLength, at: pages.lowerBound * RVM.pageLength)
    }
    portions += 1
    reset()
  }
}
