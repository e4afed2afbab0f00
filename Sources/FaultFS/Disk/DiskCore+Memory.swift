/// What is done to a file as mapped memory: each store is an operation of its own, within one line, which makes one version.
extension DiskCore {
  /// Stores `length` bytes within one line, which `copy` puts into the memory that it is given. The file has them.
  @unsafe
  func store(
    _ file: Int32, name: Int32, at offset: Int, length: Int, copy: (UnsafeMutableRawBufferPointer) -> Void
  ) {
    let firstVersion = versions.count
    let line = offset / sectorLength
    images.reserve(file, offset + length)
    if let faults { faults.latentErrors.heal(file, line...line, operation: operations.count) }
    let cell = touchSector(file, Int32(line), name: name)
    images.noteChange(file, offset..<offset + length)
    unsafe copy(images.bytes(file, at: offset, count: length))
    let start = offset - line * sectorLength
    appendContent(cell, file, sector: Int32(line), written: start..<start + length)
    record(.store, file: file, name: name, offset: offset, length: length, firstVersion: firstVersion)
  }

  func flush(_ file: Int32, name: Int32, at offset: Int, length: Int) {
    record(.flush, file: file, name: name, offset: offset, length: length, firstVersion: versions.count)
  }

  func fence(_ file: Int32, name: Int32) {
    record(.fence, file: file, name: name, firstVersion: versions.count)
  }
}
