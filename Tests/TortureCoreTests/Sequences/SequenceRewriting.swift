@testable import TortureCore

/// The rules of `SequenceRule` as rewriting of whole sequences, independent of the automaton: the reference that it is
/// compared with.
struct SequenceRewriting {
  let alphabet: Alphabet

  /// The sequence that is kept instead of `sequence`: itself where no rule applies.
  func normalForm(_ sequence: [Letter]) -> [Letter] {
    var sequence = sequence
    while let next = rewrite(sequence) {
      precondition(isEarlier(next, sequence), "\(sequence) became \(next), which is not earlier")
      sequence = next
    }
    return sequence
  }

  private func isEarlier(_ first: [Letter], _ second: [Letter]) -> Bool {
    if first.count != second.count { return first.count < second.count }
    let order = { (letter: Letter) in self.alphabet.letters.firstIndex(of: letter) ?? 0 }
    return first.map(order).lexicographicallyPrecedes(second.map(order))
  }

  /// What one rule makes of it; nil where none applies.
  private func rewrite(_ sequence: [Letter]) -> [Letter]? {
    var life = Life()
    var open: [Int: Int] = [:]
    for (index, letter) in sequence.enumerated() {
      let next = index + 1 < sequence.count ? sequence[index + 1] : nil
      let exchanged = { () -> [Letter] in
        var copy = sequence
        copy.swapAt(index, index + 1)
        return copy
      }
      switch letter {
      case .begin(let client):
        if let idle = (0..<client).first(where: { open[$0] == nil }) {
          return Array(sequence[..<index]) + sequence[index...].map { rename($0, client, idle) }
        }
        switch next {
        case .flush, .truncateStep: return exchanged()
        case .begin(let other):
          // Exchanged, and the names too, since the names go by who begins first.
          var copy = sequence
          for place in (index + 2)..<max(index + 2, sequence.count) {
            copy[place] = swapNames(sequence[place], client, other)
          }
          if copy != sequence { if isEarlier(copy, sequence) { return copy } }
        case .write(let other, _) where other != client, .abort(let other) where other != client,
          .commit(let other, _) where other != client:
          return exchanged()
        case .abort, .commit: if let shorter = withoutEmpty(index, sequence, life) { return shorter }
        case nil:
          if !life.mayWrite { return Array(sequence.dropLast()) }
        default: break
        }
        open[client] = index
        life.generation = true
      case .flush:
        if !life.isSpooled { return removing(index, sequence) }
        life.isSpooled = false
      case .truncateStep:
        if !life.hasCommitted { return removing(index, sequence) }
        life.isTruncated = true
      case .reopen:
        if life.generation == false { return removing(index, sequence) }
        life = Life(generation: !life.hasCommitted ? false : life.isTruncated ? nil : true)
      case .abort(let client):
        open[client] = nil
      case .commit(let client, let flush):
        if !flush, next == .flush {
          return Array(sequence[..<index]) + [.commit(client: client, flush: true)]
            + Array(sequence[(index + 2)...])
        }
        if !flush, next == .reopen {
          var copy = sequence
          copy[index] = .commit(client: client, flush: true)
          return copy
        }
        open[client] = nil
        life.hasCommitted = true
        life.isTruncated = false
        life.isSpooled = !flush
      case .write(let client, let range):
        if let place = earlierPlace(of: index, client, range, sequence) {
          var copy = removing(index, sequence)
          copy.insert(letter, at: place)
          return copy
        }
        switch next {
        case .flush: return exchanged()
        case .truncateStep where alphabet.truncatesFromLog: return exchanged()
        case nil: return Array(sequence.dropLast())
        default: break
        }
      }
    }
    return nil
  }

  /// The first place that the store at `index` can move to past what it commutes with, before something greater.
  private func earlierPlace(of index: Int, _ client: Int, _ range: Int, _ sequence: [Letter]) -> Int? {
    var place: Int?
    for earlier in stride(from: index - 1, through: 0, by: -1) {
      switch sequence[earlier] {
      case .begin(let other) where other != client: place = earlier
      case .write(let other, let otherRange):
        let isDisjoint = !alphabet.ranges[range].overlaps(alphabet.ranges[otherRange])
        guard client != other || alphabet.sortsRanges && isDisjoint else { return place }
        if (client, range) < (other, otherRange) { place = earlier }
      default: return place
      }
    }
    return place
  }

  /// What the rules know of a life; `generation` is nil where it is not known whether it has its own.
  private struct Life {
    var generation: Bool? = true
    var hasCommitted = false
    var isTruncated = false
    var isSpooled = false
    var mayWrite: Bool { generation != true }
  }

  /// The sequence without the empty transaction that begins at `index`, or with a simpler one; nil where it stays.
  private func withoutEmpty(_ index: Int, _ sequence: [Letter], _ life: Life) -> [Letter]? {
    let before = sequence[..<index]
    let begin = sequence[index]
    let end = sequence[index + 1]
    let rest = sequence[(index + 2)...]
    guard case .begin(let client) = begin else { return nil }
    if case .commit(_, let flush) = end {
      if life.mayWrite { return before + [begin, .abort(client: client)] + rest }
      return before + (flush && life.isSpooled ? [.flush] : []) + rest
    }
    guard life.mayWrite else { return Array(before + rest) }
    switch rest.first {
    case nil: return before + [begin]
    case .begin?: return Array(before + rest)
    case .flush?, .truncateStep?: return before + [begin, end] + rest.dropFirst()
    default: return nil
    }
  }

  private func removing(_ index: Int, _ sequence: [Letter]) -> [Letter] {
    var copy = sequence
    copy.remove(at: index)
    return copy
  }

  /// Exchanges the names of two clients.
  private func swapNames(_ letter: Letter, _ first: Int, _ second: Int) -> Letter {
    func name(_ client: Int) -> Int { client == first ? second : client == second ? first : client }
    switch letter {
    case .flush, .truncateStep, .reopen: return letter
    case .abort(let client): return .abort(client: name(client))
    case .commit(let client, let flush): return .commit(client: name(client), flush: flush)
    case .write(let client, let range): return .write(client: name(client), range: range)
    case .begin(let client): return .begin(client: name(client))
    }
  }

  private func rename(_ letter: Letter, _ first: Int, _ second: Int) -> Letter {
    swapNames(letter, first, second)
  }
}
