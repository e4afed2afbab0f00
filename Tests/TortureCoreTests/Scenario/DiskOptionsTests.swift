import FaultFS
import Testing

@testable import TortureCore

@Suite struct DiskOptionsTests {
  @Test func everyProfileOfFaultFSHasItsName() {
    #expect(DiskOptions.Profile.memories.map(\.rawValue) == FaultFS.Profile.memories.map(\.name))
    for (profile, named) in zip(DiskOptions.Profile.memories, FaultFS.Profile.memories) {
      #expect(DiskOptions(profile: profile).model == named)
    }
    #expect(DiskOptions.Profile.disks.map(\.rawValue) == FaultFS.Profile.named.map(\.name))
    for (profile, named) in zip(DiskOptions.Profile.disks, FaultFS.Profile.named) {
      #expect(DiskOptions(profile: profile, tearing: .none).model == named)
      let model = DiskOptions(profile: profile).model
      #expect(model == (named.canTear ? named.tearing(grainBytes: 1) : named))
      #expect(model.flaw == nil)
    }
  }

  @Test func overridesReplaceTheProfilesRules() {
    let model = DiskOptions(
      profile: .ext4Ordered, sector: 4096, tearing: .eightBytes, powersafeOverwrite: false, order: .free,
      grownSize: .withItsData, exposedTail: .garbage, fileSync: .leavesEntry, forcedUnitAccess: "log"
    ).model
    var expected = FaultFS.Profile.ext4Ordered.tearing(grainBytes: 8, reachesNeighbours: true)
    expected.sectorLength = 4096
    (expected.order, expected.grownSize, expected.fileSyncPersistsEntry) = (.free, .withItsData, false)
    expected.exposedTail = [.zeros, .garbage]
    expected.forcedUnitAccess = "log"
    #expect(model == expected)
    #expect(DiskOptions(profile: .posix, fileSync: .persistsEntry).model.fileSyncPersistsEntry)
  }

  /// Whatever a scenario may say is a sound profile, or is refused.
  @Test func everyCombinationIsSoundOrRefused() {
    var sound = 0
    for profile in DiskOptions.Profile.allCases {
      for tearing in DiskOptions.Tearing.allCases {
        for order in DiskOptions.Order.allCases {
          for isPowersafe in [false, true] {
            let disk = DiskOptions(
              profile: profile, tearing: tearing, powersafeOverwrite: isPowersafe, order: order)
            if !ScenarioConsistency.diskProblems(disk).isEmpty { continue }
            #expect(disk.model.flaw == nil, "\(disk)")
            sound += 1
          }
        }
      }
    }
    #expect(sound > 100)
  }
}
