@testable import Torture

/// Scenarios and sequences for tests of exhaustive workloads.
enum ExhaustSamples {
  static func scenario(
    clients: Int = 1, truncation: String = "epoch", optimizations: Bool = true, sabotage: String = "",
    description: String = "", crash: String = "{states_per_point: 4, recovery_depth: 0}"
  ) throws -> Scenario {
    try Samples.read(
      """
      name: tiny
      description: "\(description)"
      system:
        truncation: \(truncation)
        truncation_threshold: 0.25
        truncation_steps_per_operation: 0
        spool_limit: 1024
        optimizations: \(optimizations)
      log: {record_sectors: 4}
      segments: [{name: data.seg, length: 4096}]
      workload: {kind: bytes, clients: \(clients)}
      crash: \(crash)
      sabotage: [\(sabotage)]
      """)
  }

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
        if !scenario.system.optimizations && record > alphabet.recordBytesMax { return false }
      case .commit(let client, _), .abort(let client): open[client] = nil
      default: break
      }
    }
    return true
  }
}
