public import Storage

/// How a log file is divided: a header, kept twice, three status blocks, then the record area.
///
///     one sector                   header, written once
///     one sector                   the same
///     statusLength                 status block 0
///     statusLength                 status block 1
///     statusLength                 status block 2
///     recordSectors sectors        record area, used as a ring
///
/// Fixed when the log is created; `docs/log-format.md` describes every byte.
public struct LogShape: Hashable, Sendable {
  /// The length of the record area in sectors, 4 at least.
  public var recordSectors: Int
  /// The unit that the disk writes whole or not at all, in bytes: 512 or 4096.
  public var sectorLength: Int
  /// The length of one status block in bytes, a multiple of `sectorLength`; it bounds the number of segments.
  public var statusLength: Int

  /// - Parameters:
  ///   - recordSectors: the length of the record area in sectors; 16,384 make 8 MiB.
  ///   - sectorLength: 512 or 4096 bytes.
  ///   - statusLength: bytes for a status block, a multiple of `sectorLength`.
  public init(recordSectors: Int = 16_384, sectorLength: Int = 512, statusLength: Int = 4096) {
    self.recordSectors = recordSectors
    self.sectorLength = sectorLength
    self.statusLength = statusLength
  }

  /// A shape for a log on `storage`: its sectors are those of the disk.
  ///
  /// - Parameter recordBytes: how much the record area has, in bytes.
  public init(for storage: any Storage, recordBytes: Int = 8 << 20) {
    let sector = storage.sectorLength > 512 ? 4096 : 512
    self.init(recordSectors: recordBytes / sector, sectorLength: sector)
  }

  static let sectorLengths = [512, 4096]
  static let statusLengthMax = 1 << 20

  /// The length of the whole log file in bytes.
  public var fileLength: Int { recordAreaOffset + recordSectors * sectorLength }

  var recordAreaOffset: Int { statusAreaOffset + Int(StatusBlock.slots) * statusLength }
  private var statusAreaOffset: Int { LogHeader.copies * sectorLength }

  /// Where the status block with this counter is written: the slots take turns.
  func statusOffset(counter: UInt64) -> Int {
    statusAreaOffset + Int(counter % StatusBlock.slots) * statusLength
  }

  /// The bytes of records that one sector holds, after its stamp.
  package var payloadLength: Int { sectorLength - SectorStamp.length }

  /// The longest batch of records that fits the record area, in bytes.
  var batchBytesMax: Int { recordSectors * payloadLength }

  /// Whether a batch can be copied to another place of the record area while it stays where it is.
  func isMovable(sectors: Int) -> Bool { 2 * sectors <= recordSectors }

  /// Where the sector at `position` lies in the file. Positions only grow; the ring turns them into places.
  func fileOffset(of position: UInt64) -> Int {
    recordAreaOffset + Int(position % UInt64(recordSectors)) * sectorLength
  }

  /// Why the shape cannot be used; nil where it can.
  var problem: String? {
    if !Self.sectorLengths.contains(sectorLength) {
      return "a sector is 512 or 4096 bytes, not \(sectorLength)"
    }
    if recordSectors < 4 || recordSectors > 1 << 31 {
      return "the record area has 4 to \(1 << 31) sectors, not \(recordSectors)"
    }
    if statusLength < sectorLength || statusLength > Self.statusLengthMax || statusLength % sectorLength != 0
    {
      return
        "a status block is a multiple of the sector's \(sectorLength) bytes up to 1 MiB, not \(statusLength)"
    }
    return nil
  }
}
