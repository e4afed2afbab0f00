public import FaultFS

/// Is shown which bytes a program, or the kernel in its name, reads and changes in the files of its volume, call by call.
///
/// Called on the thread that serves the calls, after the volume has answered and before the caller has the answer.
public protocol DataWatcher: AnyObject {
  /// A read returned `bytes`, which begin at `offset`.
  func read(_ inode: FaultVolume.Inode, at offset: Int, _ bytes: [UInt8])
  /// A write, an allocation or a truncation may have changed these bytes; a change that failed, too.
  func changed(_ inode: FaultVolume.Inode, _ bytes: Range<Int>)
}
