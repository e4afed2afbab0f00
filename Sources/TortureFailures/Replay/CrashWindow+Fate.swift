import FaultFS
import TortureCore

extension CrashWindow {
  /// This many storage calls before a crash are shown, and this many that it kept from being made.
  private static let eventsBefore = 44
  private static let eventsAfter = 3

  /// The storage calls around the crash, with what `state` has of each.
  func events(in state: CrashState) -> [FailurePicture.Event] {
    let start = max(0, state.point - Self.eventsBefore)
    let end = min(timeline.operationCount, state.point + 1 + Self.eventsAfter)
    guard start < end else { return [] }
    return (start..<end).map { index in
      FailurePicture.Event(call: StorageCall(timeline.operation(index)), fate: fate(of: index, in: state))
    }
  }

  /// What `state` has of what the storage call `index` did. A version is there where its cell shows it or a newer one,
  /// since a version holds its cell's whole value.
  func fate(of index: Int, in state: CrashState) -> FailurePicture.Fate {
    guard index <= state.point else { return .never }
    var kept = 0
    var lost = 0
    for version in timeline.versions(of: index) {
      guard let deviation = state.deviations.first(where: { $0.cell == version.cell }) else {
        kept += 1
        continue
      }
      if version.version <= deviation.version {
        kept += 1
      } else if version.version == deviation.version + 1, deviation.tear.map({ !$0.isBare }) == true {
        return .torn
      } else {
        lost += 1
      }
    }
    return lost == 0 ? .kept : kept == 0 ? .lost : .torn
  }
}
