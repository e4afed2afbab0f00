import Testing
import TortureCore

extension ProgramsInThisProcess {
  /// A case comes to the same on any number of processors.
  @Suite struct ProgramHelperTests {
    private func result(_ scenario: Scenario, cores: Int) -> CaseResult {
      var explorer = Explorer(Samples.testCase(scenario), cores: cores)
      explorer.explore()
      return explorer.result
    }

    @Test(arguments: Samples.Writer.allCases)
    func theResultIsTheSame(_ writer: Samples.Writer) throws {
      let scenario = try writer.scenario()
      let alone = result(scenario, cores: 1)
      #expect(result(scenario, cores: 2) == alone)
      #expect(result(scenario, cores: 4) == alone)
    }
  }
}
