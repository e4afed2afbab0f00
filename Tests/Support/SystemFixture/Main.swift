import Glibc
import LRVMTorture
import Storage
import TortureCore
import TortureTool

/// A store that keeps nothing and, when its patience ends, does what its mood says.
final class BadStore: SystemUnderTest {
  static let options: [SystemOption] = [
    .choice("mood", of: ["calm", "trap", "hang"], default: "calm", "What it does when its patience ends."),
    .integer("patience", 0...9, default: 1, "At which of its commits that is; 0 for none."),
  ]

  private let segments: [SegmentOptions]
  private let mood: String
  private var patience: Int

  static func create(on storage: any Storage, for scenario: Scenario) {}

  static func open(on storage: any Storage, for scenario: Scenario) -> BadStore { BadStore(scenario) }

  private init(_ scenario: Scenario) {
    segments = scenario.segments
    mood = scenario.system.text("mood")
    patience = scenario.system.integer("patience")
  }

  func perform(_ operation: Operation) {
    guard case .commit = operation else { return }
    patience -= 1
    if patience == 0 { lose() }
  }

  @inline(never) private func lose() {
    switch mood {
    case "trap": fatalError("the store has lost patience")
    case "hang": while true { pause() }
    default: return
    }
  }

  func readSegments(_ body: (_ segment: Int, _ bytes: RawSpan) -> Void) {
    for (index, segment) in segments.enumerated() {
      let bytes = [UInt8](repeating: 0, count: segment.length)
      unsafe body(index, bytes.span.bytes)
    }
  }
}

@main
enum SystemFixture {
  static func main() async {
    await TortureCommand.main(systems: ["lrvm": LRVMSystem.self, "bad": BadStore.self])
  }
}
