import FaultFS

extension FailurePicture.Event {
  /// A storage operation whose fate is not known yet.
  init(_ operation: FaultFS.Operation) {
    let isSync =
      switch operation.kind {
      case .syncData, .syncFull, .syncDirectory: true
      default: false
      }
    let file = operation.kind == .syncDirectory && operation.name.isEmpty ? "directory" : operation.name
    self.init(
      index: operation.index, text: CrashStory.describe(operation), file: file, isSync: isSync, fate: .kept)
  }
}

extension CrashWindow {
  /// So many storage operations before a crash are shown, and so many that it kept from being called.
  private static let eventsBefore = 44
  private static let eventsAfter = 3

  /// The storage operations around the crash, with what `state` has of each.
  func events(in state: CrashState) -> [FailurePicture.Event] {
    let start = max(0, state.point - Self.eventsBefore)
    let end = min(timeline.operationCount, state.point + 1 + Self.eventsAfter)
    guard start < end else { return [] }
    return (start..<end).map { index in
      var event = FailurePicture.Event(timeline.operation(index))
      event.fate = fate(of: index, in: state)
      return event
    }
  }

  /// What `state` has of what the storage operation `index` did. A version is there where its cell shows it or a newer
  /// one, since a version holds its cell's whole value.
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
      } else if version.version == deviation.version + 1, deviation.tear != nil {
        return .torn
      } else {
        lost += 1
      }
    }
    return lost == 0 ? .kept : kept == 0 ? .lost : .torn
  }
}
