/// The directory's files as contiguous bytes, with their sizes and entries: what a disk shows now.
///
/// One store is shared by a disk and by all disks that show crash states of it, nested to any depth. Each
/// changes it in place and puts back what it changed, so no file is ever copied whole.
///
/// Bytes between a file's size and the end of its memory are kept: where a truncation cut a file, they are the
/// old bytes that growing again would expose. Memory that was never written is zero, and a size may lie far
/// beyond it.
final class ImageStore {
  /// The longest file, in bytes: sectors are numbered in 32 bits.
  static let fileBytesMax = 1 << 40
  /// The most memory that one file may take, in bytes.
  static let memoryBytesMax = 1 << 32

  let sectorLength: Int
  var names = NameTable()
  let attributes = AttributeStore()
  /// How many files exist now; records beyond it are empty files, kept for their memory.
  private(set) var fileCount = 0
  private let images = Column<Image>()
  private let entryFiles = Column<Int32>()
  /// By file; nil for those that were never asked for their hash.
  private var contentHashes: [ContentHash?] = []

  @safe
  private struct Image: BitwiseCopyable {
    var base: UnsafeMutableRawPointer?
    var memoryBytes = 0
    var size = 0
    /// See `ImageStore+Marks.swift`: one byte for each sector, as far as any was marked.
    var marks: UnsafeMutablePointer<UInt8>?
    var markCount: Int32 = 0
    var markedSectorCount: Int32 = 0
    var sizeMarks: UInt8 = 0
  }

  /// The depths at which a window resolves a disk now, as bits.
  var resolvingDepths: UInt8 = 0
  let allEntryMarks = Column<UInt8>()

  /// Called with what the disks inside a window observe and change, while their course is written down.
  var courseTrace: CourseTrace?

  init(sectorLength: Int) {
    self.sectorLength = sectorLength
  }

  deinit {
    for file in 0..<images.count {
      unsafe images[file].base?.deallocate()
      unsafe images[file].marks?.deallocate()
    }
  }

  // MARK: Files and sizes

  /// Adds an empty file and returns its number.
  func addFile() -> Int32 {
    if fileCount == images.count { images.append(Image()) }
    fileCount += 1
    return Int32(fileCount - 1)
  }

  /// Takes away the files from `count` on, which must be empty again.
  func removeFiles(from count: Int) {
    for file in count..<max(count, fileCount) where images[file].size != 0 {
      fatalError("file \(file) still has \(images[file].size) bytes")
    }
    fileCount = min(fileCount, count)
  }

  func size(_ file: Int32) -> Int { images[Int(file)].size }

  func setSize(_ file: Int32, _ size: Int) {
    images[Int(file)].size = size
  }

  /// The end of the file's memory: every byte at or beyond it is zero.
  func memoryBytes(_ file: Int32) -> Int { images[Int(file)].memoryBytes }

  /// Makes memory for the first `bytes` bytes of a file.
  func reserve(_ file: Int32, _ bytes: Int) {
    let image = images[Int(file)]
    guard bytes > image.memoryBytes else { return }
    let wanted = max(bytes, min(image.memoryBytes * 2, Self.memoryBytesMax))
    let memoryBytes = (wanted + sectorLength - 1) / sectorLength * sectorLength
    let base = UnsafeMutableRawPointer.allocate(byteCount: memoryBytes, alignment: 16)
    if let old = unsafe image.base {
      unsafe base.copyMemory(from: old, byteCount: image.memoryBytes)
      unsafe old.deallocate()
    }
    unsafe (base + image.memoryBytes).initializeMemory(
      as: UInt8.self, repeating: 0, count: memoryBytes - image.memoryBytes)
    unsafe images[Int(file)].base = base
    images[Int(file)].memoryBytes = memoryBytes
  }

  // MARK: Marks

  @inline(__always)
  func hasMarks(_ file: Int32) -> Bool {
    let image = images[Int(file)]
    return image.markedSectorCount > 0 || image.sizeMarks != 0
  }

  @inline(__always)
  func sectorMarks(_ file: Int32, _ sector: Int32) -> UInt8 {
    let image = images[Int(file)]
    guard sector < image.markCount, let marks = unsafe image.marks else { return 0 }
    return unsafe marks[Int(sector)]
  }

  func setSectorMark(_ file: Int32, _ sector: Int32, _ bit: UInt8, _ isMarked: Bool) {
    reserveMarks(file, sector)
    guard let marks = unsafe images[Int(file)].marks else { return }
    let old = unsafe marks[Int(sector)]
    let new = isMarked ? old | bit : old & ~bit
    unsafe marks[Int(sector)] = new
    images[Int(file)].markedSectorCount += (new == 0 ? 0 : 1) - (old == 0 ? 0 : 1)
  }

  private func reserveMarks(_ file: Int32, _ sector: Int32) {
    let image = images[Int(file)]
    guard sector >= image.markCount else { return }
    let count = max(Int(sector) + 1, Int(image.markCount) * 2, 64)
    let marks = UnsafeMutablePointer<UInt8>.allocate(capacity: count)
    unsafe marks.initialize(repeating: 0, count: count)
    if let old = unsafe image.marks {
      unsafe marks.update(from: old, count: Int(image.markCount))
      unsafe old.deallocate()
    }
    unsafe images[Int(file)].marks = marks
    images[Int(file)].markCount = Int32(count)
  }

  func allSizeMarks(_ file: Int32) -> UInt8 { images[Int(file)].sizeMarks }

  func setSizeMark(_ file: Int32, _ bit: UInt8, _ isMarked: Bool) {
    let old = images[Int(file)].sizeMarks
    images[Int(file)].sizeMarks = isMarked ? old | bit : old & ~bit
  }

  // MARK: Entries

  /// The file that `name` stands for, or -1.
  func entry(_ name: Int32) -> Int32 {
    Int(name) < entryFiles.count ? entryFiles[Int(name)] : -1
  }

  func setEntry(_ name: Int32, _ file: Int32) {
    if Int(name) >= entryFiles.count { entryFiles.resize(to: names.names.count, filler: -1) }
    entryFiles[Int(name)] = file
  }

  // MARK: Bytes

  /// The bytes of a file in its memory.
  ///
  /// - Safety: valid until the file's memory next grows.
  @unsafe
  func bytes(_ file: Int32, at offset: Int, count: Int) -> UnsafeMutableRawBufferPointer {
    let image = images[Int(file)]
    guard let base = unsafe image.base, offset >= 0, count >= 0, offset <= image.memoryBytes - count else {
      fatalError("bytes \(offset)..<\(offset + count) of file \(file) with \(image.memoryBytes) in memory")
    }
    return unsafe UnsafeMutableRawBufferPointer(start: base + offset, count: count)
  }

  /// Copies bytes of the file, zeros where it has no memory. The range must lie within the file's size.
  @unsafe
  func read(_ file: Int32, at offset: Int, into target: UnsafeMutableRawBufferPointer) {
    let present = max(0, min(target.count, memoryBytes(file) - offset))
    if present > 0 {
      unsafe target.copyMemory(from: UnsafeRawBufferPointer(bytes(file, at: offset, count: present)))
    }
    if present < target.count {
      unsafe UnsafeMutableRawBufferPointer(rebasing: target[present...]).initializeMemory(
        as: UInt8.self, repeating: 0)
    }
  }

  /// Whether every byte of the range is zero.
  func isZero(_ file: Int32, _ range: Range<Int>) -> Bool {
    let end = min(range.upperBound, memoryBytes(file))
    guard range.lowerBound < end else { return true }
    return unsafe bytes(file, at: range.lowerBound, count: end - range.lowerBound).allSatisfy { $0 == 0 }
  }

  func fillWithZeros(_ file: Int32, _ range: Range<Int>) {
    if range.isEmpty { return }
    noteChange(file, range)
    let target = unsafe bytes(file, at: range.lowerBound, count: range.count)
    unsafe target.initializeMemory(as: UInt8.self, repeating: 0)
  }

  // MARK: Hashes

  /// To be called before bytes are changed through `bytes(_:at:count:)`.
  @inline(__always)
  func noteChange(_ file: Int32, _ range: Range<Int>) {
    if Int(file) < contentHashes.count { contentHashes[Int(file)]?.touch(range) }
  }

  /// The file's hash (see `BlockHash`). Costs the blocks that were touched since it was last asked for.
  func contentHash(_ file: Int32, stream: Int) -> UInt64 {
    let size = size(file)
    let hash: ContentHash
    while contentHashes.count <= Int(file) { contentHashes.append(nil) }
    if let known = contentHashes[Int(file)], known.matches(stream: stream, size: size) {
      hash = known
    } else {
      hash = ContentHash(stream: stream, size: size)
      contentHashes[Int(file)] = hash
    }
    let held = memoryBytes(file)
    return unsafe hash.value { range, body in
      if range.upperBound <= held {
        return unsafe body(UnsafeRawBufferPointer(bytes(file, at: range.lowerBound, count: range.count)))
      }
      // The memory of a file ends with one of its sectors, which may be shorter than a block; what comes after is zeros.
      var block = [UInt8](repeating: 0, count: range.count)
      let count = max(0, held - range.lowerBound)
      if count > 0 {
        let start = unsafe UnsafeRawBufferPointer(bytes(file, at: range.lowerBound, count: count))
        unsafe block.withUnsafeMutableBytes { unsafe $0.copyMemory(from: start) }
      }
      unsafe block.withUnsafeBytes { unsafe body($0) }
    }
  }

  // MARK: Sectors

  /// Appends a copy of a sector to `arena` and returns its offset there.
  func save(_ file: Int32, sector: Int32, to arena: borrowing ByteArena) -> Int {
    unsafe arena.append(
      UnsafeRawBufferPointer(bytes(file, at: Int(sector) * sectorLength, count: sectorLength)))
  }

  /// Puts the content at `offset` of `arena` into a sector; zeros for a negative offset.
  func restore(_ file: Int32, sector: Int32, from arena: borrowing ByteArena, at offset: Int) {
    let target = unsafe bytes(file, at: Int(sector) * sectorLength, count: sectorLength)
    noteChange(file, Int(sector) * sectorLength..<(Int(sector) + 1) * sectorLength)
    if offset < 0 {
      unsafe target.initializeMemory(as: UInt8.self, repeating: 0)
    } else {
      unsafe target.copyMemory(from: arena.bytes(at: offset, count: sectorLength))
    }
  }
}
