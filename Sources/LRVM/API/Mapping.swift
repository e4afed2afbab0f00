import Glibc

/// How the bytes of a region come into memory.
public enum Mapping: String, Hashable, Sendable {
  /// All are read when the region is mapped.
  case copying
  /// Each page when it is first touched, straight from the segment's file, where the storage can do that; as `copying`
  /// where it cannot. Mapping costs the same however large the region is, and memory is used only for pages that were
  /// touched. A page that cannot be read when it is touched ends the program (SIGBUS), where `copying` throws.
  case onDemand

  /// What is best for a region of `length` bytes: what is not copied fits any memory.
  static func automatic(_ length: Int) -> Mapping {
    let memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    return length <= memory / 4 ? .copying : .onDemand
  }
}
