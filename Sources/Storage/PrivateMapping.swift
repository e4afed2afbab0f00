/// A part of a file mapped into memory, whose pages are copied when they are first written to.
///
/// A page that was never written to shows what the file holds when it is read, then or later; one that was written to is
/// the mapping's own. The file never sees what is written. The file must not become shorter meanwhile: reading a page
/// that it has no more ends the program (SIGBUS), and so does a page that the disk cannot read.
///
/// Unmapped when the last reference goes.
public protocol PrivateMapping: AnyObject, Sendable {
  /// The mapped bytes.
  ///
  /// - Safety: valid while the mapping is referenced.
  @unsafe var bytes: UnsafeMutableRawBufferPointer { get }
}
