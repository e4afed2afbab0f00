import TortureCore
import TortureFailures

/// The storage calls around a failure as a drawing: the run of the workload, and below it each recovery.
struct TimelineDrawing {
  private let bands: [TimelineBand]
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
  }

  private static func title(_ depth: Int, of recoveries: Int) -> String {
    if depth == 0 { return "The run" }
    return recoveries == 1 ? "Recovery" : "Recovery \(depth)"
  }

  var svg: String {
    // Wide enough for the legend.
    let width = max(bands.map(\.width).max() ?? 0, 660)
    var shapes: [String] = []
    var y = 0
    for band in bands {
      shapes += band.shapes(at: y)
      y += band.height
    }
    shapes.append(legend(y: y + 14))
    let height = y + 38
    return """
      <svg role="img" aria-label="\(said)" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)">
      <title>\(said)</title>
      <defs><pattern id="\(pattern)" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="3" height="6" fill="#b26a00"/></pattern></defs>
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
      (8, FailurePicture.Fate.kept, "kept"), (78, .torn, "torn"), (148, .lost, "lost"),
      (218, .never, "never happened"),
    ] {
      shapes.append(
        "<rect class=\"box \(fate.rawValue)\"\(TimelineBand.fill(fate, pattern)) x=\"\(x)\" y=\"\(y)\" width=\"20\" height=\"12\" rx=\"2\"/>"
          + "<text class=\"small\" x=\"\(x + 26)\" y=\"\(y + 10)\">\(word)</text>")
    }
    shapes.append(
      "<line class=\"floor\" x1=\"356\" y1=\"\(y - 2)\" x2=\"356\" y2=\"\(y + 13)\"/>"
        + "<text class=\"small\" x=\"366\" y=\"\(y + 10)\">sync</text>"
        + "<path class=\"promise\" d=\"M410 \(y)h12l-6 9z\"/>"
        + "<text class=\"small\" x=\"428\" y=\"\(y + 10)\">promised durable</text>"
        + "<circle class=\"ghost\" cx=\"548\" cy=\"\(y + 6)\" r=\"7\"/>"
        + "<text class=\"small\" x=\"560\" y=\"\(y + 10)\">left out</text>")
    return "<g aria-hidden=\"true\">\(shapes.joined())</g>"
  }
}
