/// Counts the choices for cells tied together by needs, one component at a time, without listing them.
///
/// A need ties two thresholds. Where bounds that were carried over all needs do not contradict each other, there is a
/// choice within them (needs are a case of 2-SAT: Even, Itai and Shamir, 1976). The counter splits the versions of
/// one cell in two halves at a threshold, carries the bounds over, drops the needs that this decides, and counts each
/// part that no other need ties to the rest by itself: parts multiply, halves add. A chain of n calls takes about 2n
/// cases and n log n steps; a call in flight with a thousand sectors that persist together, two cases.
struct StateCounter<Number: StateNumber> {
  /// How many needs may still be looked at.
  private var stepsLeft: Int

  /// Cells with bounds for each. A version is known by its rank among those that are left of its cell.
  private struct Problem {
    var lowers: [Int32]
    var uppers: [Int32]
    /// For each cell the weights of its first 0, 1, 2... versions, added up.
    var sums: [[ChoiceCount]]
    var needs: [NeedRules.Need]
  }

  /// - Parameter stepsMax: how many needs may be looked at, for all components together, before the counter gives up.
  init(stepsMax: Int) {
    stepsLeft = stepsMax
  }

  /// The number of choices that keep the component's needs, each counted as often as the product of its versions'
  /// weights says; nil after too many steps.
  ///
  /// - Parameter weights: for each cell, its allowed versions, newest first, with a weight each.
  mutating func count(
    _ component: NeedRules.Component, _ weights: [[(version: Int32, weight: ChoiceCount)]]
  ) -> Number? {
    if weights.contains(where: \.isEmpty) { return Number(0) }
    let ascending = weights.map { Array($0.reversed()) }
    let sums = ascending.map { list in
      var sums = [ChoiceCount()]
      for entry in list { sums.append(sums[sums.count - 1] + entry.weight) }
      return sums
    }
    /// The rank of the first version at or above `version`; the number of versions where there is none.
    func rank(_ place: Int, _ version: Int32) -> Int32 {
      var (low, high) = (0, ascending[place].count)
      while low < high {
        let middle = (low + high) / 2
        if ascending[place][middle].version < version { low = middle + 1 } else { high = middle }
      }
      return Int32(low)
    }
    let needs = component.needs.map { need in
      NeedRules.Need(
        source: need.source, version: rank(need.source, need.version), target: need.target,
        neededVersion: rank(need.target, need.neededVersion))
    }
    return count(
      Problem(
        lowers: weights.map { _ in 0 }, uppers: weights.map { Int32($0.count) - 1 }, sums: sums, needs: needs)
    )
  }

  private mutating func count(_ problem: Problem) -> Number? {
    var problem = problem
    guard let isPossible = carryBounds(&problem) else { return nil }
    return isPossible ? countParts(problem) : Number(0)
  }

  /// Carries the bounds over all needs; false where they contradict each other, nil after too many steps.
  private mutating func carryBounds(_ problem: inout Problem) -> Bool? {
    var isDone = false
    while !isDone {
      stepsLeft -= problem.needs.count
      if stepsLeft < 0 { return nil }
      isDone = true
      // What a version needs comes before it: one pass down keeps, and one pass up loses; rings take another.
      for need in problem.needs.reversed()
      where problem.lowers[need.source] >= need.version && problem.lowers[need.target] < need.neededVersion {
        problem.lowers[need.target] = need.neededVersion
        isDone = false
      }
      for need in problem.needs
      where problem.uppers[need.target] < need.neededVersion && problem.uppers[need.source] >= need.version {
        problem.uppers[need.source] = need.version - 1
        isDone = false
      }
      for place in problem.lowers.indices where problem.lowers[place] > problem.uppers[place] { return false }
    }
    return true
  }

  /// Counts the parts that no undecided need crosses, each by itself.
  private mutating func countParts(_ problem: Problem) -> Number? {
    let undecided = problem.needs.filter { need in
      problem.lowers[need.source] < need.version && problem.uppers[need.source] >= need.version
        && problem.lowers[need.target] < need.neededVersion
    }
    var isTied = [Bool](repeating: false, count: problem.lowers.count)
    var product = Number(1)
    for part in NeedPartition(undecided, placeCount: problem.lowers.count).parts {
      for place in part.places { isTied[place] = true }
      let count = countHalves(
        Problem(
          lowers: part.places.map { problem.lowers[$0] }, uppers: part.places.map { problem.uppers[$0] },
          sums: part.places.map { problem.sums[$0] }, needs: part.needs))
      guard let count else { return nil }
      product.multiply(by: count)
    }
    for place in isTied.indices where !isTied[place] {
      let sums = problem.sums[place]
      product.multiply(by: Number(sums[Int(problem.uppers[place]) + 1] - sums[Int(problem.lowers[place])]))
    }
    return product
  }

  /// Counts one part, all of whose needs are undecided.
  private mutating func countHalves(_ problem: Problem) -> Number? {
    let (place, rank) = Self.split(problem)
    var (below, above) = (problem, problem)
    below.uppers[place] = rank - 1
    above.lowers[place] = rank
    guard var sum = count(below), let other = count(above) else { return nil }
    sum.add(other)
    return sum
  }

  /// A cell, and the first rank of its upper half.
  ///
  /// A cell that many needs meet comes first, such as the size of a file: between two of its versions the others
  /// are often free of each other. Elsewhere the middle of the recording does, which halves a chain.
  private static func split(_ problem: Problem) -> (place: Int, rank: Int32) {
    var degrees = [Int](repeating: 0, count: problem.lowers.count)
    for need in problem.needs {
      degrees[need.source] += 1
      degrees[need.target] += 1
    }
    var place = 0
    for other in degrees.indices where degrees[other] > degrees[place] { place = other }
    if degrees[place] * 4 < problem.needs.count {
      let middle = problem.needs[problem.needs.count / 2]
      return (middle.source, middle.version)
    }
    var thresholds: [Int32] = []
    for need in problem.needs {
      if need.source == place { thresholds.append(need.version) }
      if need.target == place { thresholds.append(need.neededVersion) }
    }
    thresholds.sort()
    return (place, thresholds[thresholds.count / 2])
  }
}

/// How many choices there are for a cell, or for some of its versions.
struct ChoiceCount {
  /// Versions.
  var untorn: UInt64 = 0
  /// Tears and exposed tails.
  var torn: UInt64 = 0

  var all: ChoiceCount { ChoiceCount(untorn: untorn + torn) }

  static func + (left: ChoiceCount, right: ChoiceCount) -> ChoiceCount {
    ChoiceCount(untorn: left.untorn + right.untorn, torn: left.torn + right.torn)
  }

  static func - (left: ChoiceCount, right: ChoiceCount) -> ChoiceCount {
    ChoiceCount(untorn: left.untorn - right.untorn, torn: left.torn - right.torn)
  }
}

/// A number of states, in the making.
protocol StateNumber {
  init(_ number: UInt64)
  /// The number of states of one cell.
  init(_ choices: ChoiceCount)
  mutating func add(_ other: Self)
  mutating func multiply(by other: Self)
}

extension StateNumber {
  init(_ choices: ChoiceCount) { self.init(choices.untorn) }
}

/// Numbers of states without a torn or exposed sector, and with one.
struct TornCount<Base: StateNumber>: StateNumber {
  private(set) var untorn: Base
  private(set) var oneTorn: Base

  init(_ number: UInt64) {
    untorn = Base(number)
    oneTorn = Base(UInt64(0))
  }

  init(_ choices: ChoiceCount) {
    untorn = Base(choices.untorn)
    oneTorn = Base(choices.torn)
  }

  mutating func add(_ other: TornCount) {
    untorn.add(other.untorn)
    oneTorn.add(other.oneTorn)
  }

  mutating func multiply(by other: TornCount) {
    var tornThere = untorn
    tornThere.multiply(by: other.oneTorn)
    oneTorn.multiply(by: other.untorn)
    oneTorn.add(tornThere)
    untorn.multiply(by: other.untorn)
  }
}

/// A number of states that knows whether it fits in 64 bits.
struct WordCount: StateNumber {
  /// Nil where the number does not fit.
  private(set) var value: UInt64?

  init(_ number: UInt64) {
    value = number
  }

  mutating func add(_ other: WordCount) {
    guard let one = value, let two = other.value else { return value = nil }
    let (sum, overflows) = one.addingReportingOverflow(two)
    value = overflows ? nil : sum
  }

  mutating func multiply(by other: WordCount) {
    if value == 0 || other.value == 0 { return value = 0 }
    guard let one = value, let two = other.value else { return value = nil }
    let (product, overflows) = one.multipliedReportingOverflow(by: two)
    value = overflows ? nil : product
  }
}

/// A number of states in a type of the caller's.
struct WideCount<Number: UnsignedInteger>: StateNumber {
  private(set) var value: Number

  init(_ number: UInt64) {
    value = Number(number)
  }

  mutating func add(_ other: WideCount) {
    value += other.value
  }

  mutating func multiply(by other: WideCount) {
    value *= other.value
  }
}
