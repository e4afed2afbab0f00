import FaultFS
import Foundation
import Testing

/// The value after a way through JSON and back.
func recoded<Value: Codable>(_ value: Value) throws -> Value {
  try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
}

@Suite struct ProfileTests {
  @Test func namedProfilesAreSoundAndSurviveCoding() throws {
    #expect(Profile.named.map(\.name) == ["posix", "process-crash"])
    for profile in Profile.named + [.posix.tearing(grainBytes: 8)] {
      #expect(profile.flaw == nil)
      #expect(try recoded(profile) == profile)
    }
  }

  @Test func flawsAreNamed() {
    var profile = Profile.posix
    profile.sectorLength = 1024
    #expect(profile.flaw == "sectorLength is 1024; it must be 512 or 4096 bytes")
    #expect(Profile.posix.tearing(grainBytes: 3).flaw?.contains("grainBytes is 3") == true)
    #expect(Profile.posix.tearing(grainBytes: 0).flaw?.contains("grainBytes is 0") == true)
    #expect(Profile.posix.tearing(grainBytes: 1, rest: []).flaw?.contains("rest is empty") == true)
  }
}
