package import TortureCore

/// What a hunt that found nothing has judged: the count that a claim about all crash states rests on.
package struct HuntExtent: Codable, Hashable, Sendable {
  /// How many power cuts followed one another at most; 0 where the run alone decides.
  package var depth = 0
  /// At how many points the first of them could come.
  package var points = 0
  /// The legal states of these points, and how many of them were judged, with all crashes in their recoveries. Torn
  /// sectors are not counted.
  package var coverage = Coverage()

  /// Whether every crash state was judged, as the counts show.
  package var isComplete: Bool { coverage.isComplete(at: points) }
}
