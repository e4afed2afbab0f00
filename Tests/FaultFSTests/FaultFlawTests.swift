import FaultFS
import Foundation
import Testing

/// Which faults make sense on which profiles.
@Suite struct FaultFlawTests {
  @Test func theKindsWithoutSenseAreThoseThatTheProfileHasNoCallOrNoLossFor() {
    var flawed: [String: Set<Fault.Kind>] = [:]
    for profile in Profile.named {
      for kind in Fault.Kind.allCases where Fault(kind).flaw(on: profile) != nil {
        flawed[profile.name, default: []].insert(kind)
      }
    }
    #expect(
      flawed
        == [
          "raw-device": [.renameError, .removeError],
          "process-crash": [.lyingSync, .lostWrite, .misdirectedWrite],
        ].merging(
          Profile.named.map { ($0.name, [.wildStore, .lostFlush]) }
        ) { $0.union($1) })
  }

  @Test func aFlushCanBeLostWhereOneIsNeeded() {
    for profile in Profile.memories {
      #expect(Fault(.wildStore).flaw(on: profile) == nil)
      #expect((Fault(.lostFlush).flaw(on: profile) == nil) == (profile != .rio))
    }
  }

  @Test func everyKindIsDocumented() throws {
    let path =
      #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/docs/fault-model.md"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    for kind in Fault.Kind.allCases { #expect(text.contains("\n| `\(kind.rawValue)` | "), "\(kind)") }
  }

  @Test func aNamedOutcomeMustBeOneOfTheProfiles() {
    for profile in Profile.named {
      for outcome in Profile.FailedSync.allCases {
        let flaw = Fault(.syncError, failedSync: outcome).flaw(on: profile)
        #expect((flaw == nil) == profile.failedSync.contains(outcome))
      }
    }
    #expect(
      Fault(.syncError, failedSync: .reverted).flaw(on: .xfs)
        == "sync-error makes no sense on profile 'xfs': a sync that fails there leaves cleanNotWritten, never reverted"
    )
    #expect(Fault(.lyingSync, failedSync: .reverted).flaw?.contains("lying-sync fails no sync") == true)
    #expect(Fault(.bitRot, at: .call(0)).flaw(on: .posix) == Fault(.bitRot, at: .call(0)).flaw)
  }
}
