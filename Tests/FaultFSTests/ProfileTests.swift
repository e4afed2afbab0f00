import FaultFS
import Foundation
import Testing

/// The value after a way through JSON and back.
func recoded<Value: Codable>(_ value: Value) throws -> Value {
  try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
}

@Suite struct ProfileTests {
  @Test func namedProfilesAreSoundAndSurviveCoding() throws {
    #expect(
      Profile.named.map(\.name) == [
        "posix", "ext4-ordered", "ext4-writeback", "ext4-data", "xfs", "btrfs", "raw-device", "process-crash",
      ])
    #expect(Profile.named.allSatisfy { Profile.named($0.name) == $0 } && Profile.named("ext5") == nil)
    for profile in Profile.named + [.posix.tearing(grainBytes: 8)] {
      #expect(profile.flaw == nil)
      #expect(try recoded(profile) == profile)
    }
  }

  @Test func flawsAreNamed() {
    var profile = Profile.posix
    profile.sectorLength = 1024
    #expect(profile.flaw == "sectorLength is 1024; it must be 512 or 4096 bytes")
    profile = .btrfs
    profile.blockLength = 1000
    #expect(profile.flaw?.contains("blockLength is 1000") == true)
    #expect(
      Profile.processCrash.tearing(grainBytes: 1).flaw?.contains("atom is a call, which cannot") == true)
    #expect(Profile.ext4Data.tearing(grainBytes: 8).flaw?.contains("atom is a block, which cannot") == true)
    profile = .processCrash
    profile.order = .everything
    #expect(profile.flaw?.contains("order is everything") == true)
    profile = .posix
    profile.failedSync = []
    #expect(profile.flaw?.contains("failedSync is empty") == true)
    #expect(Profile.posix.tearing(grainBytes: 3).flaw?.contains("grainBytes is 3") == true)
    #expect(Profile.posix.tearing(grainBytes: 0).flaw?.contains("grainBytes is 0") == true)
    #expect(Profile.posix.tearing(grainBytes: 1, rest: []).flaw?.contains("rest is empty") == true)
  }

  @Test func theTableHasARowForEachProfile() {
    let lines = Profile.profileTable.split(separator: "\n")
    #expect(lines.count == Profile.named.count + 2)
    #expect(Set(lines.map { $0.split(separator: "|").count }).count == 1)
    #expect(
      lines.map { $0.split(separator: "|")[0].split(separator: "`").joined() }.dropFirst(2).map {
        $0.split(separator: " ").joined()
      } == Profile.named.map(\.name))
    let row = lines.first { $0.hasPrefix("| `ext4-data` |") }.map(String.init) ?? ""
    #expect(
      row.split(separator: "|").map { $0.dropFirst().dropLast() } == [
        "`ext4-data`", "a block, 4096 bytes", "never", "its first blocks", "lost until synced",
        "lost until synced",
        "lost until synced", "everything: a prefix of the atoms", "after its data", "its older bytes",
        "its bytes, its size, its own entry", "its entries, its own entry", "reported by the next sync",
      ])
  }
}
