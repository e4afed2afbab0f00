/// The storage operations around a crash as a drawing: a lane for each file, a box for each call, a bar for each sync,
/// and where power was cut. Shape and words say what colour says. Of a long run, only what is near a loss or the crash is
/// drawn; a number stands for what is left out between.
struct TimelineDrawing {
  private let picture: FailurePicture
  private let pattern: String

  private static let columnsMax = 48
  /// A run of so many calls is drawn whole.
  private static let wholeMax = 16
  /// Of a longer one, so many calls before and after each loss, and before and after the crash.
  private static let before = 3
  private static let after = 2
  private static let beforeCrash = 6
  private static let column = 46
  private static let lane = 46
  private static let labels = 150
  private static let top = 34
  /// A file's name is cut after so many characters.
  private static let nameMax = 20

  /// - Parameter id: tells this drawing from the others of its page.
  init(_ picture: FailurePicture, id: String) {
    self.picture = picture
    pattern = "half-\(id)"
  }

  var svg: String {
    let columns = columns()
    let events = columns.compactMap(\.event)
    var files: [String] = []
    for event in events where !files.contains(event.file) { files.append(event.file) }
    let width = Self.labels + Self.column * columns.count + 30
    let height = Self.top + Self.lane * files.count + 42
    var shapes: [String] = []
    for (row, file) in files.enumerated() {
      let y = Self.top + Self.lane * row + Self.lane / 2
      shapes.append(
        "<line class=\"axis\" x1=\"\(Self.labels)\" y1=\"\(y)\" x2=\"\(width - 10)\" y2=\"\(y)\"/>"
          + text(file, x: 8, y: y + 4))
    }
    for (index, column) in columns.enumerated() {
      let x = Self.labels + Self.column * index + 6
      switch column {
      case .event(let event):
        guard let row = files.firstIndex(of: event.file) else { continue }
        shapes.append(draw(event, x: x, y: Self.top + Self.lane * row))
      case .leftOut(let count):
        let middle = x + (Self.column - 12) / 2
        shapes.append(
          "<g><title>\(count) more, which are in the list</title>"
            + "<text class=\"small\" text-anchor=\"middle\" x=\"\(middle)\" y=\"\(Self.top)\">+\(count)</text></g>"
        )
      }
    }
    if let point = picture.crashPoint {
      let before = columns.firstIndex { ($0.event?.index ?? -1) >= point } ?? columns.count
      let isInFlight = events.contains { $0.index == point }
      let x = Self.labels + Self.column * before + (isInFlight ? Self.column / 2 : 0)
      let bottom = Self.top + Self.lane * files.count
      shapes.append(
        "<line class=\"crash\" x1=\"\(x)\" y1=\"20\" x2=\"\(x)\" y2=\"\(bottom - 12)\"/>"
          + "<text class=\"crashtext\" x=\"\(max(x - 34, 4))\" y=\"14\">power cut</text>")
    }
    shapes.append(legend(y: height - 22))
    let kept = events.count { !$0.isSync && $0.fate == .kept }
    // Wide enough for the legend.
    let shownWidth = max(width, 580)
    let lost = events.count { !$0.isSync && $0.fate == .lost }
    let torn = events.count { !$0.isSync && $0.fate == .torn }
    let said =
      "Timeline of \(events.count) storage operations on \(files.count) files: \(kept) kept, \(lost) lost, \(torn) torn"
    return """
      <svg role="img" aria-label="\(said)" width="\(shownWidth)" height="\(height)" viewBox="0 0 \(shownWidth) \(height)">
      <title>\(said)</title>
      <defs><pattern id="\(pattern)" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="3" height="6" fill="#b26a00"/></pattern></defs>
      \(shapes.joined(separator: "\n"))
      </svg>
      """
  }

  /// What stands side by side: a call, or how many are left out.
  private enum Column {
    case event(FailurePicture.Event)
    case leftOut(Int)

    var event: FailurePicture.Event? {
      if case .event(let event) = self { event } else { nil }
    }
  }

  private func columns() -> [Column] {
    let events = picture.events
    guard events.count > Self.wholeMax else { return events.map(Column.event) }
    let crash = picture.crashPoint.map { point in events.firstIndex { $0.index >= point } ?? events.count }
    var isNear = [Bool](repeating: false, count: events.count)
    func show(_ first: Int, _ last: Int) {
      for index in max(0, first)..<max(max(0, first), min(events.count, last + 1)) { isNear[index] = true }
    }
    for (index, event) in events.enumerated() where event.fate == .lost || event.fate == .torn {
      show(index - Self.before, index + Self.after)
    }
    let end = crash ?? events.count
    show(end - Self.beforeCrash, end + Self.after)
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
    // The last ones tell what led to the crash, and what was in flight.
    let beyond = columns.dropLast(Self.columnsMax).reduce(0) { sum, column in
      if case .leftOut(let count) = column { sum + count } else { sum + 1 }
    }
    return (beyond > 0 ? [.leftOut(beyond)] : []) + columns.suffix(Self.columnsMax)
  }

  private func draw(_ event: FailurePicture.Event, x: Int, y: Int) -> String {
    let title = "<title>\(MarkupText.xml("[\(event.index)] \(event.text): \(word(event))"))</title>"
    let middle = x + (Self.column - 12) / 2
    let number =
      "<text class=\"small\" text-anchor=\"middle\" x=\"\(middle)\" y=\"\(y + 44)\">\(event.index)</text>"
    if event.isSync {
      let kind = event.fate == .never ? "box never" : "floor"
      return
        "<g>\(title)<line class=\"\(kind)\" x1=\"\(middle)\" y1=\"\(y + 6)\" x2=\"\(middle)\" y2=\"\(y + 34)\"/>"
        + "<line class=\"\(kind)\" x1=\"\(middle - 8)\" y1=\"\(y + 33)\" x2=\"\(middle + 8)\" y2=\"\(y + 33)\"/>\(number)</g>"
    }
    let width = Self.column - 12
    var shape =
      "<rect class=\"box \(event.fate.rawValue)\"\(fill(event.fate)) x=\"\(x)\" y=\"\(y + 12)\" width=\"\(width)\" height=\"20\" rx=\"2\"/>"
    if event.fate == .lost {
      shape +=
        "<path class=\"cross\" d=\"M\(x + 3) \(y + 15)L\(x + width - 3) \(y + 29)M\(x + width - 3) \(y + 15)L\(x + 3) \(y + 29)\"/>"
    }
    return "<g>\(title)\(shape)\(number)</g>"
  }

  private func fill(_ fate: FailurePicture.Fate) -> String {
    fate == .torn ? " style=\"fill: url(#\(pattern))\"" : ""
  }

  private func word(_ event: FailurePicture.Event) -> String {
    if event.isSync { return event.fate == .never ? "never called" : "a floor under what came before" }
    return event.fate == .never ? "never called" : event.fate.rawValue
  }

  private func text(_ name: String, x: Int, y: Int) -> String {
    let shown = name.isEmpty ? "directory" : name
    let short = shown.count > Self.nameMax ? "\(shown.prefix(Self.nameMax - 1))…" : shown
    return "<text x=\"\(x)\" y=\"\(y)\">\(MarkupText.xml(short))</text>"
  }

  private func legend(y: Int) -> String {
    var shapes: [String] = []
    for (x, fate, word) in [
      (8, FailurePicture.Fate.kept, "kept"), (78, .torn, "torn"), (148, .lost, "lost"),
      (218, .never, "never happened"),
    ] {
      shapes.append(
        "<rect class=\"box \(fate.rawValue)\"\(fill(fate)) x=\"\(x)\" y=\"\(y)\" width=\"20\" height=\"12\" rx=\"2\"/>"
          + "<text class=\"small\" x=\"\(x + 26)\" y=\"\(y + 10)\">\(word)</text>")
    }
    shapes.append(
      "<line class=\"floor\" x1=\"356\" y1=\"\(y - 2)\" x2=\"356\" y2=\"\(y + 13)\"/>"
        + "<text class=\"small\" x=\"366\" y=\"\(y + 10)\">sync: a floor under what came before</text>")
    return "<g aria-hidden=\"true\">\(shapes.joined())</g>"
  }
}
