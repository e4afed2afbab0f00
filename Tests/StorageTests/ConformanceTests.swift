import Storage
import StorageConformance
import Testing

@testable import Storage

@Suite struct ConformanceTests {
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
  }

  @Test(arguments: StorageConformance.checks)
  func realDiskConforms(_ check: StorageConformance.Check) throws {
    try check.run(on: directory.storage())
  }

  @Test(arguments: StorageConformance.subdirectoryChecks)
  func realDiskConformsInDirectories(_ check: StorageConformance.Check) throws {
    try directory.createDirectory(StorageConformance.subdirectory)
    try check.run(on: directory.storage())
  }

  @Test(arguments: StorageConformance.checks)
  func interruptedAndShortCallsConform(_ check: StorageConformance.Check) throws {
    try check.run(on: directory.storage(.unreliable()))
  }

  @Test func checkNamesAreUnique() {
    let names = (StorageConformance.checks + StorageConformance.subdirectoryChecks).map(\.name)
    #expect(Set(names).count == names.count)
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func interruptedAndShortCallsAnswerLikeWholeOnes(seed: UInt64) throws {
    let reference = try TemporaryDirectory()
    try StorageDifferential.run(
      operationCount: 2000, seed: seed, directory.storage(.unreliable()), reference: reference.storage())
  }
}
