/// The profiles that have a name: the model's table, row by row.
///
/// Each is held against a file system of its kind by litmus tests: docs/profiles.md says on which kernel, what a crash was seen to
/// leave, and what is allowed and was never seen. Where the sources leave something open, the profile is the weaker one.
extension Profile {
  /// The weakest that POSIX allows: without a sync everything is lost or kept in any combination, except that
  /// a rename is lost or kept as one. Syncing a file does not persist its entry. A tail that grew may hold old bytes,
  /// zeros or garbage. Sectors of 512 bytes do not tear: set `tearing` for a disk on which they do.
  public static let posix = Profile(
    name: "posix", atom: .sector, sectors: .free, sizes: .free, entries: .free, order: .free,
    grownSize: .free,
    exposedTail: [.zeros, .garbage], fileSyncPersistsEntry: false, failedSync: FailedSync.allCases)

  /// ext4 with `data=ordered`, its default. Overwrites: any combination. The journal holds the metadata in order, but blocks are allocated
  /// and a size is changed when the data is written back, which may be after later names; and a new block reads as zeros until
  /// its data was written (unwritten extents, the default since Linux 5.6). So a file that was written and renamed without a sync may be
  /// empty, or full of zeros. A full sync of a file commits the journal as far as the file's last change of name or
  /// size, so it persists the entry of a new file and all metadata before it.
  public static let ext4Ordered = Profile(
    name: "ext4-ordered", atom: .sector, sectors: .free, sizes: .free, entries: .free, order: .metadata,
    grownSize: .overZeros, exposedTail: [], fileSyncPersistsEntry: true, failedSync: [.cleanNotWritten])

  /// ext4 with `data=writeback`: as `ext4Ordered`, but the size does not wait for the data, so that it may expose what
  /// the blocks held before: a promise of the kernel's documentation (admin-guide/ext4: old data may appear after a crash). Only zeros
  /// were seen.
  public static let ext4Writeback = Profile(
    name: "ext4-writeback", atom: .sector, sectors: .free, sizes: .free, entries: .free, order: .metadata,
    grownSize: .free, exposedTail: [.zeros, .garbage], fileSyncPersistsEntry: true,
    failedSync: [.cleanNotWritten])

  /// ext4 with `data=journal`: data and metadata go through one ordered journal. What survives is a prefix; a
  /// write of several blocks may be cut between two of them, the lower ones first and its size last.
  public static let ext4Data = Profile(
    name: "ext4-data", atom: .block, sectors: .free, sizes: .free, entries: .free, order: .everything,
    grownSize: .afterItsData, exposedTail: [], fileSyncPersistsEntry: true, failedSync: [.reportedLate])

  /// xfs. Overwrites: any combination. The size on disk follows when the data that it covers was written, which may be after later
  /// names. Other metadata is a prefix of the log, which a full sync of a file forces as far as the file's last change.
  public static let xfs = Profile(
    name: "xfs", atom: .sector, sectors: .free, sizes: .free, entries: .free, order: .metadata,
    grownSize: .afterItsData, exposedTail: [], fileSyncPersistsEntry: true, failedSync: [.cleanNotWritten])

  /// btrfs. Copy on write: each block that a call wrote is wholly old or wholly new, and what it wrote beyond the
  /// file's end arrives together with the size. Entries may change places between operations. Whether
  /// a full sync of a file persists its entry is left open, so here it does not. After a failed sync reads show the new bytes until
  /// the cache gives the pages up, and then the old ones, which a crash leaves too.
  public static let btrfs = Profile(
    name: "btrfs", atom: .block, sectors: .free, sizes: .free, entries: .free, order: .free,
    grownSize: .withItsData, exposedTail: [], fileSyncPersistsEntry: false,
    failedSync: [.cleanNotWritten, .reverted])

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
