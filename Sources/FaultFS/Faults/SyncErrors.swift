/// Which open files have yet to learn of a sync that failed.
///
/// As Linux keeps it (`errseq_t`): a file counts its errors, and each descriptor remembers the count of which it knows.
/// A sync by a descriptor that does not know the newest error fails, once. A descriptor opened after someone learned of it
/// begins with that knowledge; one opened while nobody knew does not, so that an error without a witness is
/// reported to the first that comes. A process that ends closes its descriptors; the counts stay with the cache.
struct SyncErrors {
  private struct Errors {
    var count: Int32 = 0
    /// Whether someone learned of the newest.
    var isSeen = true
    /// The fault that made the newest, in the list of the injector that is kept here.
    var fault = 0
    var injector: ObjectIdentifier?
  }

  private var errors: [Int32: Errors] = [:]

  /// How many errors of a file a descriptor opened now counts as known.
  func knownAtOpen(_ file: Int32) -> Int32 {
    guard let errors = errors[file] else { return 0 }
    return errors.isSeen ? errors.count : errors.count - 1
  }

  /// Notes an error of a file, and returns how many there are.
  ///
  /// - Parameter isSeen: whether the call that met it fails.
  mutating func add(_ file: Int32, fault: Int, of injector: FaultInjector?, isSeen: Bool) -> Int32 {
    var known = errors[file] ?? Errors()
    known.count += 1
    known.isSeen = isSeen
    known.fault = fault
    known.injector = injector.map { ObjectIdentifier($0) }
    errors[file] = known
    return known.count
  }

  /// What a descriptor that knows `known` errors must learn of now: their number, the fault if it is one of
  /// `injector`, and whether another learned of it before; nil where there is nothing new.
  mutating func report(
    _ file: Int32, known: Int32, to injector: FaultInjector?
  ) -> (count: Int32, fault: Int?, wasSeen: Bool)? {
    guard let newest = errors[file], newest.count != known else { return nil }
    errors[file]?.isSeen = true
    let isOwn = injector.map { ObjectIdentifier($0) } == newest.injector
    return (newest.count, isOwn ? newest.fault : nil, newest.isSeen)
  }
}
