import Testing
import TortureCore
import TortureSamples

@testable import LRVMTorture

@Suite struct LRVMSystemTests {
  @Test func itSaysWhatItCanDo() throws {
    let scenario = try Samples.scenario(.bank)
    let traits = LRVMSystem.traits(for: scenario)
    #expect(traits.clientsMax == 16 && traits.commitsWithoutFlush && traits.stepsPerOperation == 1)
    #expect(traits.uncheckedFiles == ["a.seg", "b.seg"])
  }

  @Test func aBaseThatDoesNotFitIsRefused() throws {
    func complaint(_ change: (inout Scenario) -> Void) throws -> String {
      var scenario = try ExhaustSamples.scenario()
      change(&scenario)
      do {
        _ = try LRVMSystem.alphabet(of: scenario)
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(try complaint { _ in } == "")
    #expect(try complaint { $0.workload.kind = .bank }.contains("set it to bytes"))
    #expect(try complaint { $0.workload.clients = 3 }.contains("set it to a number from 1 to 2"))
    #expect(try complaint { $0.system.truncationStepsPerOperation = 1 }.contains("set it to 0"))
    #expect(try complaint { $0.crash.points = .stride(2) }.contains("crash.points is not every"))
    #expect(try complaint { $0.log.sector = 4096 }.contains("shorter than the 14336 bytes"))
  }
}
