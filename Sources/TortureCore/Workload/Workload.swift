/// What a case does to the system under test: a list of operations, decided by the scenario and the seed.
///
/// Segments start as zeros. Transactions that are open at the same time never touch the same objects, because
/// serializability is the application's business and the workload is the application.
public struct Workload: Hashable, Sendable, Codable {
  public var operations: [Operation]

  /// The given operations, as a reproducer keeps them.
  public init(operations: [Operation]) {
    self.operations = operations
  }

  /// The transactions of the operations.
  public var ledger: TransactionLedger { TransactionLedger(operations) }

  /// What makes the operations illegal for the scenario, or nil: for operations that come from a file.
  ///
  /// Legal operations name a client and a segment of the scenario, write inside the segment, begin and end
  /// transactions in turn, abort none that runs without restore, and remap and reopen only while none is open.
  public static func problem(of operations: [Operation], in scenario: Scenario) -> String? {
    var open: [Int: Bool] = [:]
    let parts = scenario.threads.count > 0 ? ThreadParts(scenario) : nil
    for (index, operation) in operations.enumerated() {
      let place = "operation \(index + 1) (\(operation))"
      switch operation {
      case .begin(let client, let restore):
        let clients = max(scenario.workload.clients, scenario.threads.count)
        guard (0..<clients).contains(client) else {
          return "\(place): the scenario has \(clients) clients, numbered from 0"
        }
        guard open.updateValue(restore, forKey: client) == nil else {
          return "\(place): the client has a transaction open already"
        }
      case .write(let client, let segment, let offset, let bytes):
        guard open[client] != nil else { return "\(place): the client has no transaction open" }
        guard scenario.segments.indices.contains(segment) else {
          return "\(place): the scenario has \(scenario.segments.count) segments, numbered from 0"
        }
        let length = scenario.segments[segment].length
        guard offset >= 0, offset <= length, !bytes.isEmpty, bytes.count <= length - offset else {
          return "\(place): the range must hold at least a byte and lie in the segment's \(length) bytes"
        }
        if let parts {
          let part = parts.range(segment: segment, thread: client)
          let shared = parts.sharedRange(segment: segment)
          let isInside = [part, shared].contains {
            $0.map { $0.contains(offset) && offset + bytes.count <= $0.upperBound } ?? false
          }
          guard isInside else {
            return "\(place): the client's part of the segment is \(part)"
              + (shared.map { ", and what all share \($0)" } ?? "")
          }
        }
      case .commit(let client, _):
        guard open.removeValue(forKey: client) != nil else {
          return "\(place): the client has no transaction open"
        }
      case .abort(let client), .drop(let client):
        guard let restore = open.removeValue(forKey: client) else {
          return "\(place): the client has no transaction open"
        }
        guard restore else {
          return
            "\(place): a transaction without restore must commit, since aborting it leaves its stores in memory"
        }
      case .flush, .truncate, .truncateStep: break
      case .remap(let segment):
        guard scenario.segments.indices.contains(segment) else {
          return "\(place): the scenario has \(scenario.segments.count) segments, numbered from 0"
        }
        guard open.isEmpty else { return "\(place): a transaction is open" }
      case .reopen:
        guard scenario.threads.count == 0 else { return "\(place): threads run" }
        guard open.isEmpty else { return "\(place): a transaction is open" }
      }
    }
    return nil
  }
}
