/// The profiles that have a name: the model's table, row by row.
///
/// What is marked [assumed] was not checked against a real file system of the kind: a green run says something about
/// such a file system only as far as the assumption holds. Where the sources leave something open, the profile is
/// the weaker one.
extension Profile {
  /// The weakest that POSIX allows: without a sync everything is lost or kept in any combination, except that
  /// a rename is lost or kept as one. Syncing a file does not persist its entry. A tail that grew may hold old bytes,
  /// zeros or garbage. Sectors of 512 bytes do not tear: set `tearing` for a disk on which they do.
  public static let posix = Profile(
    name: "posix", atom: .sector, sectors: .free, sizes: .free, entries: .free, order: .free,
    grownSize: .free,
    exposedTail: [.zeros, .garbage], fileSyncPersistsEntry: false, failedSync: FailedSync.allCases)

  /// ext4 with `data=ordered`, its default. Overwrites: any combination. The journal holds the metadata in order, and
  /// new blocks are written before the size that exposes them: a crash leaves a short tail, or zeros in the block
  /// that held the old end [assumed]. A full sync of a file commits the journal as far as the file's last
  /// change of name or size, so it persists the entry of a new file and all metadata before it [assumed].
  public static let ext4Ordered = Profile(
    name: "ext4-ordered", atom: .sector, sectors: .free, sizes: .free, entries: .free, order: .metadata,
    grownSize: .afterNewBlocks, exposedTail: [], fileSyncPersistsEntry: true, failedSync: [.cleanNotWritten])

  /// ext4 with `data=writeback`: as `ext4Ordered`, but the size does not wait for the data, so that it may expose what
  /// the blocks held before: zeros or garbage [assumed].
  public static let ext4Writeback = Profile(
    name: "ext4-writeback", atom: .sector, sectors: .free, sizes: .free, entries: .free, order: .metadata,
    grownSize: .free, exposedTail: [.zeros, .garbage], fileSyncPersistsEntry: true,
    failedSync: [.cleanNotWritten])

  /// ext4 with `data=journal`: data and metadata go through one ordered journal. What survives is a prefix; a
  /// write of several blocks may be cut between two of them, the lower ones first and its size last [assumed].
  public static let ext4Data = Profile(
    name: "ext4-data", atom: .block, sectors: .free, sizes: .free, entries: .free, order: .everything,
    grownSize: .afterItsData, exposedTail: [], fileSyncPersistsEntry: true, failedSync: [.reportedLate])

  /// xfs. Overwrites: any combination. The size on disk follows when the data that it covers was written [assumed];
  /// metadata is a prefix of the log [assumed], which a full sync of a file forces as far as the file's last
  /// change [assumed].
  public static let xfs = Profile(
    name: "xfs", atom: .sector, sectors: .free, sizes: .free, entries: .free, order: .metadata,
    grownSize: .afterItsData, exposedTail: [], fileSyncPersistsEntry: true, failedSync: [.cleanNotWritten])

  /// btrfs. Copy on write: each block that a call wrote is wholly old or wholly new, and what it wrote beyond the
  /// file's end arrives together with the size [assumed]. Entries may change places between operations. Whether
  /// a full sync of a file persists its entry is left open, so here it does not.
  public static let btrfs = Profile(
    name: "btrfs", atom: .block, sectors: .free, sizes: .free, entries: .free, order: .free,
    grownSize: .withItsData, exposedTail: [], fileSyncPersistsEntry: false, failedSync: [.reverted])

  /// A block device without a file system. Any unflushed sector may be lost; a file stands for a part of the device,
  /// whose size and name no crash can change. For writes with forced unit access set `forcedUnitAccess`.
  public static let rawDevice = Profile(
    name: "raw-device", atom: .sector, sectors: .free, sizes: .durableOnReturn, entries: .durableOnReturn,
    order: .free, grownSize: .free, exposedTail: [], fileSyncPersistsEntry: false,
    failedSync: [.cleanNotWritten])

  /// The process dies and the page cache lives on: every call that returned survives, and the call in flight
  /// took place wholly or not at all.
  public static let processCrash = Profile(
    name: "process-crash", atom: .call, sectors: .durableOnReturn, sizes: .durableOnReturn,
    entries: .durableOnReturn, order: .free, grownSize: .free, exposedTail: [],
    fileSyncPersistsEntry: false, failedSync: [.cleanNotWritten])

  /// All of them, in the order of the model.
  public static let named: [Profile] = [
    .posix, .ext4Ordered, .ext4Writeback, .ext4Data, .xfs, .btrfs, .rawDevice, .processCrash,
  ]

  /// The profile with a name, of disks or of memory; nil where there is none.
  public static func named(_ name: String) -> Profile? {
    (named + memories).first { $0.name == name }
  }
}
