import TortureCore
import TortureFailures

/// Which of the storage calls of a run are drawn side by side. Of a long run, only what is near a loss or the power cut; a
/// number stands for what is left out between.
struct TimelineColumns {
  enum Column {
    case event(FailurePicture.Event)
    case leftOut(Int)

    var event: FailurePicture.Event? {
      if case .event(let event) = self { event } else { nil }
    }

    /// How many calls it stands for.
    fileprivate var count: Int {
      if case .leftOut(let count) = self { count } else { 1 }
    }
  }

  let columns: [Column]

  private static let columnsMax = 48
  /// A run of this many calls is drawn whole.
  private static let wholeMax = 16
  /// Of a longer one, this many calls before and after each loss, and before the power cut.
  private static let before = 3
  private static let after = 2
  private static let beforeCut = 6
  /// Of every run, after the power cut: few, so that a narrow window shows the cut at its right end.
  private static let afterCut = 1

  /// - Parameter cut: the number of the call at which power was cut; nil where it was not.
  init(_ events: [FailurePicture.Event], cut: Int?) {
    var isNear = [Bool](repeating: events.count <= Self.wholeMax, count: events.count)
    func show(_ first: Int, _ last: Int) {
      for index in max(0, first)..<max(max(0, first), min(events.count, last + 1)) { isNear[index] = true }
    }
    for (index, event) in events.enumerated() where event.fate == .lost || event.fate == .torn {
      show(index - Self.before, index + Self.after)
    }
    let end = cut.flatMap { cut in events.firstIndex { $0.call.number >= cut } } ?? events.count
    show(end - Self.beforeCut, end + Self.afterCut)
    for index in isNear.indices.dropFirst(end + Self.afterCut + 1) { isNear[index] = false }
    var columns: [Column] = []
    for (event, isNear) in zip(events, isNear) {
      if isNear {
        columns.append(.event(event))
      } else if case .leftOut(let count)? = columns.last {
        columns[columns.count - 1] = .leftOut(count + 1)
      } else {
        columns.append(.leftOut(1))
      }
    }
    // The last ones show what led to the power cut, and what was in flight.
    let beyond = columns.dropLast(Self.columnsMax).reduce(0) { $0 + $1.count }
    self.columns = (beyond > 0 ? [.leftOut(beyond)] : []) + columns.suffix(Self.columnsMax)
  }

  var events: [FailurePicture.Event] { columns.compactMap(\.event) }

  /// The column before which `calls` calls have been made; that of the calls that are left out where it is among them.
  func index(after calls: Int) -> Int {
    columns.firstIndex { ($0.event?.call.number ?? -1) >= calls } ?? columns.count
  }
}
