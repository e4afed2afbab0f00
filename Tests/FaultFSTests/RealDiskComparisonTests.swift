import FaultFS
import Foundation
import Storage
import StorageConformance
import Testing

@Suite struct RealDiskComparisonTests {
  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func answersLikeTheRealDisk(seed: UInt64) throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "fault-disk-tests-\(UUID().uuidString)")
      .path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try StorageDifferential.run(
      operationCount: 10_000, seed: seed, FaultDisk(), reference: PosixStorage(directory: path))
  }
}
