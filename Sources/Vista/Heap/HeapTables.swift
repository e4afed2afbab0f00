/// What is known of a heap's pages in this process: which blocks are allocated, which are so only until an open transaction
/// aborts, and which wait for one to commit before they are free.
///
/// Made of the pages' bits when the heap is opened. Times: a block costs a look at one page, a run a search through all.
struct HeapTables {
  /// Up to 256 bits.
  struct Bits: Equatable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    static func == (left: Bits, right: Bits) -> Bool { left.words == right.words }

    subscript(word index: Int) -> UInt64 {
      get {
        switch index {
        case 0: words.0
        case 1: words.1
        case 2: words.2
        default: words.3
        }
      }
      set {
        switch index {
        case 0: words.0 = newValue
        case 1: words.1 = newValue
        case 2: words.2 = newValue
        default: words.3 = newValue
        }
      }
    }

    subscript(bit: Int) -> Bool {
      get { self[word: bit / 64] >> UInt64(bit % 64) & 1 == 1 }
      set {
        let mask: UInt64 = 1 << UInt64(bit % 64)
        self[word: bit / 64] = newValue ? self[word: bit / 64] | mask : self[word: bit / 64] & ~mask
      }
    }

    var isEmpty: Bool { words == (0, 0, 0, 0) }

    func firstZero(below count: Int) -> Int? {
      for index in 0..<PageLayout.wordCount where self[word: index] != .max {
        let bit = index * 64 + (~self[word: index]).trailingZeroBitCount
        return bit < count ? bit : nil
      }
      return nil
    }
  }

  struct Page {
    enum Use: Equatable {
      case free
      /// Blocks of a kind, as `PageLayout.blockLengths` has them.
      case blocks(kind: Int)
      /// The first page of a run.
      case run(count: Int)
      /// Another page of a run.
      case continuation
    }

    var use = Use.free
    /// Blocks that cannot be allocated.
    var taken = Bits()
    /// Those of them that an open transaction allocated.
    var pending = Bits()
    /// Those of them that an open transaction freed.
    var leaving = Bits()
    /// Whether it is among the pages where a block of its kind may be free.
    var isListed = false
  }

  /// A block, or a run as the block 0 of its first page.
  struct Block: Equatable {
    var page: Int
    var bit: Int
  }

  private(set) var pages: [Page]
  /// For each kind of block, the pages where one may be free; some may have filled up since.
  private var roomy: [[Int]]
  /// No page before it is free.
  private var firstFree = 0

  init(_ pages: [Page]) {
    self.pages = pages
    roomy = Array(repeating: [], count: PageLayout.blockLengths.count)
    for (number, page) in pages.enumerated() {
      if case .blocks(let kind) = page.use { list(number, kind) }
    }
  }

  private mutating func list(_ page: Int, _ kind: Int) {
    if pages[page].isListed { return }
    pages[page].isListed = true
    roomy[kind].append(page)
  }

  // MARK: Taking

  /// Takes a block of a kind; nil where no page has room.
  mutating func takeBlock(kind: Int) -> Block? {
    let count = HeapLayout.pageLength / PageLayout.blockLengths[kind]
    while let page = roomy[kind].last {
      if let bit = pages[page].taken.firstZero(below: count) { return take(page, bit) }
      roomy[kind].removeLast()
      pages[page].isListed = false
    }
    guard let page = takePages(1) else { return nil }
    pages[page].use = .blocks(kind: kind)
    list(page, kind)
    return take(page, 0)
  }

  /// Takes a run of whole pages; nil where there is none.
  mutating func takeRun(count: Int) -> Block? {
    guard let page = takePages(count) else { return nil }
    pages[page].use = .run(count: count)
    for other in page + 1..<page + count { pages[other].use = .continuation }
    return take(page, 0)
  }

  private mutating func take(_ page: Int, _ bit: Int) -> Block {
    pages[page].taken[bit] = true
    pages[page].pending[bit] = true
    return Block(page: page, bit: bit)
  }

  private mutating func takePages(_ count: Int) -> Int? {
    while firstFree < pages.count && pages[firstFree].use != .free { firstFree += 1 }
    var start = firstFree
    while start + count <= pages.count {
      guard let used = (start..<start + count).last(where: { pages[$0].use != .free }) else { return start }
      start = used + 1
    }
    return nil
  }

  // MARK: Looking

  func isTaken(_ block: Block) -> Bool { pages[block.page].taken[block.bit] }
  func isPending(_ block: Block) -> Bool { pages[block.page].pending[block.bit] }
  func isLeaving(_ block: Block) -> Bool { pages[block.page].leaving[block.bit] }

  /// Bytes in pages that nothing is in.
  var bytesFree: Int { pages.count { $0.use == .free } * HeapLayout.pageLength }

  // MARK: Leaving

  mutating func setLeaving(_ block: Block, _ isLeaving: Bool) {
    pages[block.page].leaving[block.bit] = isLeaving
  }

  mutating func keep(_ block: Block) { pages[block.page].pending[block.bit] = false }

  /// Makes a block free, and its page, where it was the last one.
  mutating func release(_ block: Block) {
    pages[block.page].taken[block.bit] = false
    pages[block.page].pending[block.bit] = false
    pages[block.page].leaving[block.bit] = false
    switch pages[block.page].use {
    case .blocks(let kind) where pages[block.page].taken.isEmpty:
      if pages[block.page].isListed { roomy[kind].removeAll { $0 == block.page } }
      freePages(block.page, 1)
    case .blocks(let kind): list(block.page, kind)
    case .run(let count): freePages(block.page, count)
    case .free, .continuation:
      fatalError("block \(block.bit) of page \(block.page) was freed, and is not taken")
    }
  }

  private mutating func freePages(_ first: Int, _ count: Int) {
    for page in first..<first + count { pages[page] = Page() }
    firstFree = min(firstFree, first)
  }
}
