package import TortureCore

/// The parts of a workload that can be taken out of it by themselves: a transaction from its beginning to its end, with
/// the operations of other clients in between left alone, or one operation outside of all transactions.
package struct WorkloadUnits {
  /// For each unit, in the order of their first operations, the places of its operations.
  package let places: [[Int]]

  init(_ operations: [Operation]) {
    var places: [[Int]] = []
    var open: [Int: Int] = [:]
    for (index, operation) in operations.enumerated() {
      guard let client = operation.client else {
        places.append([index])
        continue
      }
      if case .begin = operation {
        open[client] = places.count
        places.append([index])
      } else if let unit = open[client] {
        places[unit].append(index)
      }
    }
    self.places = places
  }

  /// How many of the operations a reader counts: transactions, and the operations between them.
  package static func count(_ operations: [Operation]) -> Int { WorkloadUnits(operations).places.count }
}

extension Operation {
  var isWrite: Bool {
    if case .write = self { true } else { false }
  }
}
