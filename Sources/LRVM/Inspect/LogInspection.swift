public import Storage

/// What a log file holds, read without writing or locking anything: its header, its status blocks, the records that
/// recovery would find, where validity ends and why, and what can be read beyond that. Damage is a finding here, and no
/// error.
///
/// A log that a program has open may change while it is read; what is said of it then is of no one moment.
public struct LogInspection: Codable, Hashable, Sendable {
  /// How the file is divided.
  public struct Header: Codable, Hashable, Sendable {
    public var recordSectors: Int
    /// In bytes, as the two that follow.
    public var sectorLength: Int
    public var statusLength: Int
    public var fileLength: Int
  }

  /// One of the places for a status block.
  public struct Slot: Codable, Hashable, Sendable {
    public var slot: Int
    /// Where it lies in the file, in bytes.
    public var fileOffset: Int
    /// `valid`, `empty` (never written), or `damaged`.
    public var state: String
    /// Whether recovery goes by this block.
    public var holds = false
    public var counter: UInt64?
    public var generation: UInt32?
    public var generationMax: UInt32?
    public var headPosition: UInt64?
    public var headSequence: UInt64?
    public var durableEnd: UInt64?
    public var segments: [Segment] = []
  }

  /// A segment that a status block names.
  public struct Segment: Codable, Hashable, Sendable {
    public var name: String
    /// In bytes.
    public var length: Int
  }

  /// A record.
  public struct Entry: Codable, Hashable, Sendable {
    public var sequence: UInt64
    /// Where it begins in the file, in bytes.
    public var fileOffset: Int
    /// In bytes, its headers included.
    public var length: Int
    /// Records after it in the same batch.
    public var followers: UInt32
    public var ranges: [Range]
  }

  /// A range of a record.
  public struct Range: Codable, Hashable, Sendable {
    /// The segment's index in the status block, and its name there.
    public var segment: Int
    public var name: String?
    /// In the segment, in bytes.
    public var offset: Int
    /// In bytes.
    public var length: Int
    /// Where the new values begin in the log's file, in bytes.
    public var fileOffset: Int
    /// The first bytes of the new values, in hexadecimal.
    public var values: String
  }

  /// A batch that recovery does not reach, and of which at least one sector can be read.
  public struct UnreachedBatch: Codable, Hashable, Sendable {
    public var generation: UInt32
    /// The position of its first sector.
    public var position: UInt64
    /// How many sectors it has, and how many of them can be read.
    public var sectors: Int
    public var sectorsReadable: Int
    /// The records up to the first sector that is missing.
    public var records: [Entry]
  }

  /// The file's name.
  public var name: String
  /// How long the file is, in bytes.
  public var length = 0
  /// Nil where it cannot be read.
  public var header: Header?
  /// Which of the header's two copies are damaged, counted from 1.
  public var headerCopiesDamaged: [Int] = []
  public var slots: [Slot] = []
  /// The records that recovery would find.
  public var records: [Entry] = []
  /// What else can be read of the newest life of the log; recovery does not reach it.
  public var unreached: [UnreachedBatch] = []
  /// The position at which the live records begin, and the one after the last of them.
  public var headPosition: UInt64?
  public var endPosition: UInt64?
  /// Where that end lies in the file, in bytes.
  public var endFileOffset: Int?
  /// Why the valid part ends where it does.
  public var ending = ""
  /// What makes recovery refuse the log; nil for nothing.
  public var damage: String?

  /// This many bytes of a range's values are shown.
  static let valuesShownMax = 16

  /// Reads the log `name` on `storage`, and looks at the length of the segments that its records name.
  ///
  /// - Returns: nil where nothing in the file is a log's: a segment, perhaps.
  /// - Throws: where the file cannot be opened or read.
  public init?(_ name: String, on storage: any Storage) throws(RVMError) {
    self.name = name
    let file: any StorageFile
    do {
      file = try storage.open(name, .readOnly)
      length = try file.size()
    } catch {
      throw .storage(during: "opening the log", error)
    }
    guard try read(file, on: storage) else { return nil }
  }
}
