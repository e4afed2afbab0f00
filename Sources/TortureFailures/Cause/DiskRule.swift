import TortureCore

/// A rule that makes a disk a stronger one, from the rule that most disks keep to the one that hardly any does.
///
/// A failure that the first of them closes happens only where that rule does not hold: on the strangest disks. One that no rule
/// but the last closes happens wherever power fails.
package enum DiskRule: String, Codable, Hashable, Sendable, CaseIterable {
  case untornSectors = "untorn-sectors"
  case cleanTails = "clean-tails"
  case entriesWithFiles = "entries-with-files"
  case sizesOverZeros = "sizes-over-zeros"
  case dataBeforeSizes = "data-before-sizes"
  case sizesWithData = "sizes-with-data"
  case namesInOrder = "names-in-order"
  case everythingInOrder = "everything-in-order"
  case durableOnReturn = "durable-on-return"

  /// The rule, as a sentence without its end.
  package var text: String {
    switch self {
    case .untornSectors: "no sector tears"
    case .cleanTails: "a tail that a grown size exposes holds no zeros or garbage in place of its older bytes"
    case .entriesWithFiles: "a full sync of a file makes its name durable"
    case .sizesOverZeros: "a size that grew shows its data or zeros"
    case .dataBeforeSizes: "a size that grew waits for its data"
    case .sizesWithData: "a size that grew and its data persist together"
    case .namesInOrder: "names, and sizes but those that grew by writes, persist in the order of the calls"
    case .everythingInOrder: "everything persists in the order of the calls"
    case .durableOnReturn: "every write is durable when it returns"
    }
  }

  /// What has to happen for a failure that the rule closes.
  package var breach: String {
    switch self {
    case .untornSectors: "a torn sector"
    case .cleanTails: "zeros or garbage in a tail that a grown size exposed"
    case .entriesWithFiles: "a lost directory entry of a file that was synced"
    case .sizesOverZeros: "a size that grew over older bytes or garbage"
    case .dataBeforeSizes: "a size that grew without its data"
    case .sizesWithData: "a size that persists without its data, or the other way round"
    case .namesInOrder: "sizes or names that persist out of order"
    case .everythingInOrder: "writes that persist out of order"
    case .durableOnReturn: "a write that is lost after it returned"
    }
  }

  /// Makes the disk one on which the rule holds.
  func apply(to disk: inout DiskOptions) {
    switch self {
    case .untornSectors:
      disk.tearing = .none
      disk.powersafeOverwrite = true
      disk.pages = false
    case .cleanTails: disk.exposedTail = .olderBytes
    case .entriesWithFiles: disk.fileSync = .persistsEntry
    case .sizesOverZeros:
      disk.grownSize = .overZeros
      disk.exposedTail = .olderBytes
    case .dataBeforeSizes: disk.grownSize = .afterItsData
    case .sizesWithData: disk.grownSize = .withItsData
    case .namesInOrder: disk.order = .metadata
    case .everythingInOrder: disk.order = .everything
    case .durableOnReturn: disk.forcedUnitAccess = "*"
    }
  }
}
