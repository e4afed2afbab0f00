/// Something that makes transactions, on a folder of its own.
protocol Engine: AnyObject, Sendable {
  var name: String { get }

  /// Whether it is measured so; a floor is not measured in every way.
  func takesPart(_ workload: Workload, _ durability: Durability, threads: Int) -> Bool

  /// What thread number `index` does its transactions with; the same object each time.
  func worker(_ index: Int) throws -> any Worker

  /// Makes all durable that was committed.
  func flush() throws

  /// Puts the engine in order between two measurements.
  func rest() throws
}

extension Engine {
  func takesPart(_ workload: Workload, _ durability: Durability, threads: Int) -> Bool { true }
  func flush() throws {}
  func rest() throws {}
}

protocol Worker: AnyObject, Sendable {
  /// Does N transactions, one after the other.
  func run(_ transactions: Int, _ workload: Workload, _ durability: Durability) throws
}

struct BenchmarkError: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
