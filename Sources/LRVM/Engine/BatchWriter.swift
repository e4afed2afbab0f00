import Storage

/// The batch that is on its way to the log, and the sectors that it is packed into. Who leads a flush has it, alone and without a
/// lock.
struct BatchWriter: ~Copyable {
  var batch = Batch()
  private var packer: SectorPacker

  init(_ shape: LogShape) { packer = SectorPacker(shape: shape) }

  /// How many sectors the batch takes.
  var sectors: Int { packer.sectorCount(bytes: batch.liveBytes) }

  /// Numbers the records and packs them into sectors.
  mutating func pack(at start: LogPlace, generation: UInt32) {
    batch.seal(firstSequence: start.sequence)
    packer.pack(batch, position: start.position, generation: generation)
  }

  func write(to file: any StorageFile, at start: LogPlace) throws(StorageError) {
    try packer.write(to: file, position: start.position)
  }

  func writeDurably(to file: any StorageFile, at start: LogPlace) throws(StorageError) {
    try packer.writeDurably(to: file, position: start.position)
  }
}
