import TortureCore
import TortureFailures

/// One run in a drawing, of the workload or of a recovery: a lane for each file, a box for each call, a bar for each sync, a mark
/// where something had been promised durable, a ghost where a call was left out, a bracket where a sync is missing, and where
/// power was cut. Shape and words say what colour says.
struct TimelineBand {
  /// What the calls of the run are numbered with: `R` in a recovery.
  var prefix = ""
  var title: String
  var columns: TimelineColumns
  /// Power was cut at this call.
  var cut: Int?
  /// After how many calls something had been promised durable, and what.
  var promises: [(calls: Int, text: String)] = []
  /// What was left out on purpose, and before which call.
  var dropped: [DroppedCall] = []
  /// Between how many calls a sync is missing, and which.
  var missing: (calls: ClosedRange<Int>, text: String)?
  /// What fills a box that is torn.
  var pattern: String
  /// How far it lies to the right, so that the power cuts of all bands are below one another.
  var shift = 0

  static let column = 72
  private static let lane = 58
  /// Of a lane, above its boxes: the file's name.
  private static let nameHeight = 12
  private static let margin = 16
  /// Above the lanes: the title, what is missing, promises.
  private static let top = 58
  /// A file's name is cut after this many characters.
  private static let nameMax = 40
  private static let boxWidth = 48
  /// Between two boxes: room for what was left out there.
  private static let gap = column - boxWidth

  private var files: [String] {
    var files: [String] = []
    for name in columns.events.map(\.call.lane) + dropped.map(\.lane) where !files.contains(name) {
      files.append(name)
    }
    return files
  }

  var width: Int { Self.margin + Self.column * columns.columns.count + 40 }

  /// Where power was cut, were it not shifted; nil where it was not.
  var cutPlace: Int? { cut.map { place(ofCut: $0) - shift } }
  var height: Int { Self.top + Self.lane * files.count + 8 + (cut == nil ? 0 : 14) }

  /// The shapes, the first lane `y` below the drawing's upper edge.
  func shapes(at y: Int) -> [String] {
    let files = files
    let top = y + Self.top
    var shapes: [String] = []
    for row in files.indices {
      let middle = boxes(top, row) + 22
      shapes.append(
        "<line class=\"axis\" x1=\"\(Self.margin + shift)\" y1=\"\(middle)\" x2=\"\(width + shift - 10)\" y2=\"\(middle)\"/>"
      )
    }
    for (index, column) in columns.columns.enumerated() {
      let x = shift + Self.margin + Self.column * index + Self.gap / 2
      switch column {
      case .event(let event):
        guard let row = files.firstIndex(of: event.call.lane) else { continue }
        shapes.append(draw(event, x: x, y: boxes(top, row)))
      case .leftOut(let count):
        shapes.append(
          "<g><title>\(count) more, which are in the list</title>"
            + "<text class=\"small\" text-anchor=\"middle\" x=\"\(x + Self.boxWidth / 2)\" y=\"\(top + 4)\">+\(count)</text></g>"
        )
      }
    }
    let bottom = top + Self.lane * files.count
    shapes += dropped.compactMap { drop in
      files.firstIndex(of: drop.lane).map { ghost(drop, y: boxes(top, $0)) }
    }
    shapes += promises.map { mark($0.calls, $0.text, top: top, bottom: bottom) }
    if let missing { shapes.append(bracket(missing.calls, missing.text, y: y + 30, bottom: bottom)) }
    if let cut { shapes.append(powerCut(cut, top: top - 10, bottom: bottom)) }
    return shapes
  }

  /// The names of the band and its files, which stay in sight where the rest is scrolled.
  func names(at y: Int) -> [String] {
    ["<text class=\"band\" x=\"8\" y=\"\(y + 16)\">\(MarkupText.xml(title))</text>"]
      + files.enumerated().map { row, file in name(file, y: boxes(y + Self.top, row) + 4) }
  }

  /// The upper edge of what is drawn of a lane, below its name.
  private func boxes(_ top: Int, _ row: Int) -> Int { top + Self.lane * row + Self.nameHeight }

  /// Where the boundary lies before which `calls` calls have been made.
  private func x(after calls: Int) -> Int {
    shift + Self.margin + Self.column * columns.index(after: calls)
  }

  private func draw(_ event: FailurePicture.Event, x: Int, y: Int) -> String {
    let title = "<title>\(prefix)\(MarkupText.xml("\(event.call.line): \(word(event))"))</title>"
    let middle = x + Self.boxWidth / 2
    let number =
      "<text class=\"small\" text-anchor=\"middle\" x=\"\(middle)\" y=\"\(y + 45)\">\(prefix)\(event.call.number)</text>"
    if event.call.kind.isSync {
      let kind = event.fate == .never ? "box never" : "floor"
      return
        "<g>\(title)<line class=\"\(kind)\" x1=\"\(middle)\" y1=\"\(y + 4)\" x2=\"\(middle)\" y2=\"\(y + 34)\"/>"
        + "<line class=\"\(kind)\" x1=\"\(middle - 10)\" y1=\"\(y + 33)\" x2=\"\(middle + 10)\" y2=\"\(y + 33)\"/>"
        + "<text class=\"small\" x=\"\(middle + 4)\" y=\"\(y + 14)\">sync</text>\(number)</g>"
    }
    var shape =
      "<rect class=\"box \(event.fate.rawValue)\"\(Self.fill(event.fate, pattern)) x=\"\(x)\" y=\"\(y + 11)\" width=\"\(Self.boxWidth)\" height=\"22\" rx=\"2\"/>"
    if event.fate == .lost {
      let right = x + Self.boxWidth
      shape +=
        "<path class=\"cross\" d=\"M\(x + 3) \(y + 14)L\(right - 3) \(y + 30)M\(right - 3) \(y + 14)L\(x + 3) \(y + 30)\"/>"
    }
    shape +=
      "<text class=\"call \(event.fate.rawValue)\" text-anchor=\"middle\" x=\"\(middle)\" y=\"\(y + 26)\">\(event.call.kind.shortWord)</text>"
    return "<g>\(title)\(shape)\(number)</g>"
  }

  private func word(_ event: FailurePicture.Event) -> String {
    if event.fate == .never { return "never called" }
    return event.call.kind.isSync ? "a floor under what came before" : event.fate.rawValue
  }

  /// A call that was not made: its sync or write as an outline between the calls that were.
  private func ghost(_ drop: DroppedCall, y: Int) -> String {
    let x = x(after: drop.before)
    return
      "<g><title>\(MarkupText.xml(drop.text))</title><circle class=\"ghost\" cx=\"\(x)\" cy=\"\(y + 22)\" r=\"8\"/>"
      + "<text class=\"small\" text-anchor=\"middle\" x=\"\(x)\" y=\"\(y + 26)\">?</text></g>"
  }

  private func mark(_ calls: Int, _ text: String, top: Int, bottom: Int) -> String {
    let x = x(after: calls)
    return
      "<g><title>\(MarkupText.xml("\(text): promised durable"))</title><path class=\"promise\" d=\"M\(x - 6) \(top - 8)h12l-6 9z\"/>"
      + "<line class=\"promised\" x1=\"\(x)\" y1=\"\(top)\" x2=\"\(x)\" y2=\"\(bottom - 4)\"/></g>"
  }

  private func bracket(_ calls: ClosedRange<Int>, _ text: String, y: Int, bottom: Int) -> String {
    let left = x(after: calls.lowerBound)
    let right = max(x(after: calls.upperBound), left)
    let start = left == right ? left - 8 : left
    let end = left == right ? right + 8 : right
    let label = min(start, max(Self.margin, width + shift - 10 - text.count * 7))
    return
      "<g><title>\(MarkupText.xml(text))</title><path class=\"missing\" d=\"M\(start) \(y + 14)v-7h\(end - start)v7\"/>"
      + "<text class=\"missingtext\" x=\"\(label)\" y=\"\(y + 3)\">\(MarkupText.xml(text))</text></g>"
  }

  private func powerCut(_ call: Int, top: Int, bottom: Int) -> String {
    let x = place(ofCut: call)
    return
      "<line class=\"crash\" x1=\"\(x)\" y1=\"\(top)\" x2=\"\(x)\" y2=\"\(bottom)\"/>"
      + "<text class=\"crashtext\" text-anchor=\"middle\" x=\"\(x)\" y=\"\(bottom + 14)\">power cut</text>"
  }

  private func place(ofCut call: Int) -> Int {
    let isInFlight = columns.events.contains { $0.call.number == call }
    return x(after: call) + (isInFlight ? Self.column / 2 : 0)
  }

  private func name(_ name: String, y: Int) -> String {
    let shown = name.isEmpty ? "directory" : name
    let short = shown.count > Self.nameMax ? "\(shown.prefix(Self.nameMax - 1))…" : shown
    return "<text class=\"lane\" x=\"8\" y=\"\(y)\">\(MarkupText.xml(short))</text>"
  }

  static func fill(_ fate: FailurePicture.Fate, _ pattern: String) -> String {
    fate == .torn ? " style=\"fill: url(#\(pattern))\"" : ""
  }
}

extension DroppedCall {
  fileprivate var lane: String { name.isEmpty ? "directory" : name }
}

extension StorageCall.Kind {
  /// What fits into a box.
  fileprivate var shortWord: String {
    switch self {
    case .create: "create"
    case .write: "write"
    case .truncate: "resize"
    case .allocate: "alloc"
    case .zero: "zero"
    case .rename: "rename"
    case .exchange: "swap"
    case .remove: "remove"
    case .link: "link"
    case .makeDirectory: "mkdir"
    case .removeDirectory: "rmdir"
    case .makeSymbolicLink: "symlink"
    case .setAttributes: "attrs"
    case .store: "store"
    case .flush: "flush"
    case .fence, .syncData, .syncFull, .syncDirectory: "sync"
    }
  }
}
