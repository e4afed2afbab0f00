/// The storage operations before a crash as a drawing: a lane for each file, a box for each call, a bar for each sync,
/// and where power was cut. Shape and words say what colour says.
struct TimelineDrawing {
  private let picture: FailurePicture
  private let pattern: String

  private static let eventsMax = 48
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
    // The last ones tell what led to the crash, and what was in flight.
    let events = Array(picture.events.suffix(Self.eventsMax))
    var files: [String] = []
    for event in events where !files.contains(event.file) { files.append(event.file) }
    let width = Self.labels + Self.column * events.count + 30
    let height = Self.top + Self.lane * files.count + 42
    var shapes: [String] = []
    for (row, file) in files.enumerated() {
      let y = Self.top + Self.lane * row + Self.lane / 2
      shapes.append(
        "<line class=\"axis\" x1=\"\(Self.labels)\" y1=\"\(y)\" x2=\"\(width - 10)\" y2=\"\(y)\"/>"
          + text(file, x: 8, y: y + 4))
    }
    for (index, event) in events.enumerated() {
      guard let row = files.firstIndex(of: event.file) else { continue }
      shapes.append(draw(event, x: Self.labels + Self.column * index + 6, y: Self.top + Self.lane * row))
    }
    if let point = picture.crashPoint {
      let before = events.count { $0.index < point }
      let isInFlight = events.contains { $0.index == point }
      let x = Self.labels + Self.column * before + (isInFlight ? Self.column / 2 : 0)
      let bottom = Self.top + Self.lane * files.count
      shapes.append(
        "<line class=\"crash\" x1=\"\(x)\" y1=\"20\" x2=\"\(x)\" y2=\"\(bottom)\"/>"
          + "<text class=\"crashtext\" x=\"\(max(x - 34, 4))\" y=\"14\">power cut</text>")
    }
    shapes.append(legend(y: height - 22))
    let kept = events.count { !$0.isSync && $0.fate == .kept }
    let lost = events.count { !$0.isSync && $0.fate == .lost }
    let torn = events.count { !$0.isSync && $0.fate == .torn }
    let said =
      "Timeline of \(events.count) storage operations on \(files.count) files: \(kept) kept, \(lost) lost, \(torn) torn"
    return """
      <svg role="img" aria-label="\(said)" width="\(max(width, 540))" height="\(height)" viewBox="0 0 \(max(width, 540)) \(height)">
      <title>\(said)</title>
      <defs><pattern id="\(pattern)" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="3" height="6" fill="#b26a00"/></pattern></defs>
      \(shapes.joined(separator: "\n"))
      </svg>
      """
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
    for (index, fate) in [FailurePicture.Fate.kept, .torn, .lost].enumerated() {
      let x = 8 + 80 * index
      shapes.append(
        "<rect class=\"box \(fate.rawValue)\"\(fill(fate)) x=\"\(x)\" y=\"\(y)\" width=\"20\" height=\"12\" rx=\"2\"/>"
          + "<text class=\"small\" x=\"\(x + 26)\" y=\"\(y + 10)\">\(fate.rawValue)</text>")
    }
    shapes.append(
      "<line class=\"floor\" x1=\"256\" y1=\"\(y - 2)\" x2=\"256\" y2=\"\(y + 13)\"/>"
        + "<text class=\"small\" x=\"266\" y=\"\(y + 10)\">sync: a floor under what came before</text>")
    return "<g aria-hidden=\"true\">\(shapes.joined())</g>"
  }
}
