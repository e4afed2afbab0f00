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
