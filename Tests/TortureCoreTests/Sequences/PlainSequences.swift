@testable import TortureCore

/// Sequences of letters by plain generation: what the enumerator is compared with.
enum PlainSequences {
  /// All strings of `size` letters, in order.
  static func strings(_ size: Int, _ alphabet: Alphabet) -> [[Letter]] {
    var strings: [[Letter]] = [[]]
    for _ in 0..<size { strings = strings.flatMap { string in alphabet.letters.map { string + [$0] } } }
    return strings
  }

  /// The legal sequences of `size` letters, in order, said plainly: operations that `Workload.problem` has nothing
  /// against, and no byte in two open transactions.
  static func legal(_ size: Int, _ alphabet: Alphabet, _ scenario: Scenario) -> [[Letter]] {
    guard size > 0 else { return [[]] }
    return legal(size - 1, alphabet, scenario).flatMap { beginning in
      alphabet.letters.map { beginning + [$0] }.filter { isLegal($0, alphabet, scenario) }
    }
  }

  private static func isLegal(_ sequence: [Letter], _ alphabet: Alphabet, _ scenario: Scenario) -> Bool {
    let operations = Workload(sequence, alphabet).operations
    guard Workload.problem(of: operations, in: scenario) == nil else { return false }
    var open: [Int: [Range<Int>]] = [:]
    for operation in operations {
      switch operation {
      case .begin(let client, _): open[client] = []
      case .write(let client, _, let offset, let bytes):
        let range = offset..<offset + bytes.count
        for (other, ranges) in open where other != client && ranges.contains(where: range.overlaps) {
          return false
        }
        open[client]?.append(range)
        let record = open[client]?.reduce(16) { $0 + 16 + $1.count } ?? 0
        if !alphabet.sortsRanges && record > alphabet.recordBytesMax { return false }
      case .commit(let client, _), .abort(let client): open[client] = nil
      default: break
      }
    }
    return true
  }
}
