import Foundation
import Testing
import TortureViews

@testable import TortureCore

@Suite struct CoverageTests {
  private func text(_ coverage: Coverage) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(coverage), as: UTF8.self)
  }

  @Test func sumsAndTextsHoldAllNumbers() throws {
    let text = """
      {"behaviours":{"met":5,"tried":4},"bounded":{"left_out_states":"18446744073709551616","points":1,"points_capped":0,"states":9},\
      "covered_states":"7","executions":3,"left_out_states":"1267650600228229401496703205369",\
      "legal_states":"1267650600228229401496703205376","points_capped":1,"points_exhausted":0,\
      "points_sampled":1,"points_uncounted":0,"remembered":4,"states_sampled":30,\
      "torn":{"covered_states":"2","legal_states":"3","several_torn_states":"18446744073709551617"}}
      """
    let counted = try JSONDecoder().decode(Coverage.self, from: Data(text.utf8))
    #expect(try self.text(counted) == text)
    var uncounted = Coverage()
    (uncounted.executions, uncounted.pointsExhausted, uncounted.pointsUncounted) = (5, 1, 1)
    let sum = counted + uncounted
    #expect((sum.legal, sum.covered) == (counted.legal, counted.covered))
    #expect(sum.executions == 8)
    #expect((sum.pointsExhausted, sum.pointsCapped, sum.pointsUncounted) == (1, 1, 1))
    #expect(try JSONDecoder().decode(Coverage.self, from: Data(self.text(sum).utf8)) == sum)
  }
}
