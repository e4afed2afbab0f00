import Testing

@testable import TortureCampaign

@Suite struct TimeLimitTests {
  @Test(arguments: [
    ("60s", 60), ("90", 90), ("2m", 120), ("1h30m", 5400), ("1h0m5s", 3605), ("1h5s", 3605),
    ("86400000", 86_400_000),
  ]) func timesAreRead(_ text: String, _ seconds: Int) throws {
    let limit = try #require(TimeLimit(text))
    #expect(limit.seconds == seconds)
    #expect(TimeLimit("\(limit)") == limit)
  }

  @Test(arguments: [
    "", "0", "0s", "s", "1x", "-1s", "1.5m", "1m1h", "1s1s", "1h30", "99999999999999999999", "24001h", "1 m",
    "m5",
  ]) func whatIsNoTimeIsRefused(_ text: String) {
    #expect(TimeLimit(text) == nil)
  }
}
