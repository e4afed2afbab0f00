import TortureCore
import TortureFailures

/// The storage calls around a failure as a drawing: the run of the workload, and below it each recovery.
struct TimelineDrawing {
  private var bands: [TimelineBand]
  private let pattern: String

  /// - Parameters:
  ///   - missing: the sync that closes the failure; nil where none is known.
  ///   - id: distinguishes this drawing from the others of its page.
  init(_ picture: FailurePicture, missing: MissingBarrier? = nil, id: String) {
    let pattern = "half-\(id)"
    self.pattern = pattern
    let runs = [picture.events] + picture.recoveries
    bands = runs.enumerated().compactMap { depth, events in
      let cut = picture.cuts.indices.contains(depth) ? picture.cuts[depth].point : nil
      if events.isEmpty && depth > 0 { return nil }
      var band = TimelineBand(
        prefix: depth == 0 ? "" : "R", title: Self.title(depth, of: picture.recoveries.count),
        columns: TimelineColumns(events, cut: cut), cut: cut, pattern: pattern)
      if depth == 0 {
        band.promises = picture.steps.filter {
          $0.operation.promises && $0.isReturned && $0.failure == nil && $0.end <= cut ?? .max
        }.map { ($0.end, "\($0.operation)") }
        band.dropped = picture.stacks.compactMap {
          if case .dropped(let drop) = $0.subject { drop } else { nil }
        }
      }
      if let missing, missing.depth == depth { band.missing = (missing.positions, missing.title) }
      return band
    }
    // A narrow window shows the right end first: that is where power was cut, in every band.
    let cut = bands.compactMap(\.cutPlace).max() ?? 0
    for index in bands.indices { bands[index].shift = bands[index].cutPlace.map { cut - $0 } ?? 0 }
    let right = bands.map { $0.shift + $0.width }.max() ?? 0
    for index in bands.indices where bands[index].cut == nil {
      bands[index].shift = right - bands[index].width
    }
  }

  private static func title(_ depth: Int, of recoveries: Int) -> String {
    if depth == 0 { return "The run" }
    return recoveries == 1 ? "Recovery" : "Recovery \(depth)"
  }

  /// Wide enough for the legend.
  private static let widthMin = 330
  private static let legendHeight = 56

  private var height: Int { bands.reduce(Self.legendHeight) { $0 + $1.height } }

  /// The names and the legend alone, to lie over the drawing where that is scrolled below them.
  var overlay: String {
    "<svg aria-hidden=\"true\" width=\"\(Self.widthMin)\" height=\"\(height)\">\(names)</svg>"
  }

  private var names: String {
    var shapes: [String] = []
    var y = 0
    for band in bands {
      shapes += band.names(at: y)
      y += band.height
    }
    return "<g class=\"names\">\((shapes + [legend(y: y + 14)]).joined(separator: "\n"))</g>"
  }

  var svg: String {
    let width = max(bands.map { $0.shift + $0.width }.max() ?? 0, Self.widthMin)
    let height = height
    var shapes: [String] = []
    var y = 0
    for band in bands {
      shapes += band.shapes(at: y)
      y += band.height
    }
    shapes.append(names)
    return """
      <svg role="img" aria-label="\(said)" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)">
      <title>\(said)</title>
      <defs><pattern id="\(pattern)" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="stripe" width="3" height="6"/></pattern></defs>
      \(shapes.joined(separator: "\n"))
      </svg>
      """
  }

  /// The drawing in a sentence.
  private var said: String {
    let events = bands.flatMap(\.columns.events)
    func count(_ fate: FailurePicture.Fate) -> Int {
      events.count { !$0.call.kind.isSync && $0.fate == fate }
    }
    let files = Set(events.map(\.call.lane)).count
    return "Timeline of \(Figure.count(events.count, "storage call")) on \(Figure.count(files, "file")): "
      + "\(count(.kept)) kept, \(count(.lost)) lost, \(count(.torn)) torn"
  }

  private func legend(y: Int) -> String {
    var shapes: [String] = []
    for (x, fate, word) in [
      (8, FailurePicture.Fate.kept, "kept"), (72, .torn, "torn"), (136, .lost, "lost"),
      (200, .never, "never happened"),
    ] {
      shapes.append(
        "<rect class=\"box \(fate.rawValue)\"\(TimelineBand.fill(fate, pattern)) x=\"\(x)\" y=\"\(y)\" width=\"20\" height=\"12\" rx=\"2\"/>"
          + "<text class=\"small\" x=\"\(x + 26)\" y=\"\(y + 10)\">\(word)</text>")
    }
    shapes.append(
      "<line class=\"floor\" x1=\"18\" y1=\"\(y + 18)\" x2=\"18\" y2=\"\(y + 33)\"/>"
        + "<text class=\"small\" x=\"34\" y=\"\(y + 30)\">sync</text>"
        + "<path class=\"promise\" d=\"M82 \(y + 20)h12l-6 9z\"/>"
        + "<text class=\"small\" x=\"104\" y=\"\(y + 30)\">promised durable</text>"
        + "<circle class=\"ghost\" cx=\"228\" cy=\"\(y + 26)\" r=\"7\"/>"
        + "<text class=\"small\" x=\"244\" y=\"\(y + 30)\">left out</text>")
    return "<g aria-hidden=\"true\">\(shapes.joined())</g>"
  }
}
