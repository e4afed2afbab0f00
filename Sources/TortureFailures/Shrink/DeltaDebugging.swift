/// What to leave out next of a list, for as long as something holds of the rest: `ddmin` of Zeller and Hildebrandt,
/// "Simplifying and Isolating Failure-Inducing Input" (IEEE TSE 28(2), 2002), figure 5, and then pairs.
///
/// The list is cut into parts, two at first. Each part is tried alone, then everything but each part; what holds is the
/// list from then on. Where nothing holds, the parts are halved. At the end no single item can be left out, and where
/// few are left no two items either: a beginning and its end can often only go together.
///
/// A value that runs nothing: `omitted` says what to try, `take` takes what came of it.
struct DeltaDebugging: Codable, Hashable, Sendable {
  private enum Phase: String, Codable {
    case alone, without, pairs, done
  }

  /// Pairs are tried of at most this many items.
  static let pairedMax = 16

  /// How many items are left, numbered from 0.
  private(set) var count: Int
  private var parts: Int
  private var phase: Phase
  /// The part, or the pair, that is to be tried, and how many in a row failed.
  private var index = 0
  private var failures = 0

  /// - Parameter isFine: whether to begin with single items, since larger parts were tried before.
  init(count: Int, isFine: Bool = false) {
    self.count = count
    parts = isFine ? count : min(2, count)
    phase = count == 0 ? .done : isFine || count == 1 ? .without : .alone
  }

  /// The items to leave out next, ascending; nil where nothing is left to be tried.
  var omitted: [Int]? {
    switch phase {
    case .alone: return (0..<count).filter { !part.contains($0) }
    case .without: return Array(part)
    case .pairs: return pair
    case .done: return nil
    }
  }

  /// Takes in whether it holds without what `omitted` says; the items that are left are numbered anew.
  mutating func take(_ holds: Bool) {
    guard let omitted else { fatalError("a list was reduced that has nothing left to be tried") }
    if holds {
      count -= omitted.count
      failures = 0
      switch phase {
      case .alone: self = DeltaDebugging(count: count)
      case .without: begin(.without, parts: max(parts - 1, min(2, count)), at: index)
      case .pairs: begin(.without, parts: count)
      case .done: break
      }
    } else {
      failures += 1
      index += 1
      goOn()
    }
  }

  private mutating func begin(_ phase: Phase, parts: Int, at index: Int = 0) {
    self.phase = count == 0 ? .done : phase
    self.parts = min(parts, count)
    self.index = self.parts == 0 ? 0 : index % self.parts
    failures = 0
  }

  /// Goes on to what comes after a failure.
  private mutating func goOn() {
    switch phase {
    case .alone where index < parts: break
    // Of two parts, one alone is all without the other.
    case .alone where parts > 2: begin(.without, parts: parts)
    case .alone: refine()
    case .without where failures < parts: index %= parts
    case .without: refine()
    case .pairs where index < count * (count - 1) / 2: break
    case .pairs, .done: phase = .done
    }
  }

  private mutating func refine() {
    if parts < count {
      begin(.alone, parts: parts * 2)
    } else {
      begin(count > 2 && count <= Self.pairedMax ? .pairs : .done, parts: parts)
    }
  }

  private var part: Range<Int> { index * count / parts..<(index + 1) * count / parts }

  private var pair: [Int] {
    var number = index
    for first in 0..<count {
      let seconds = count - first - 1
      if number < seconds { return [first, first + 1 + number] }
      number -= seconds
    }
    fatalError("\(count) items have no pair \(index)")
  }
}
