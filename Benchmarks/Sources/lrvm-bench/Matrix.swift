import CFloors
import Foundation

/// Every engine in every way, in rounds: the disk's own speed drifts, so one is compared with another only where they
/// were measured next to each other.
struct Matrix {
  /// One line of reports/bench.json.
  struct Row: Codable {
    var workload: Workload
    var engine: String
    var durability: Durability
    var threads: Int
    var transactionsPerSecond: Spread
    var cpuMicrosecondsPerTransaction: Spread
    /// To floor A on one thread, in the same round.
    var ratioToFloorA: Spread?
    /// Of processor time, to floor M in the same round.
    var ratioToFloorMemory: Spread?

    enum CodingKeys: String, CodingKey {
      case workload, engine, durability, threads
      case transactionsPerSecond = "transactions_per_second"
      case cpuMicrosecondsPerTransaction = "cpu_us_per_transaction"
      case ratioToFloorA = "ratio_to_floor_a"
      case ratioToFloorMemory = "cpu_ratio_to_floor_m"
    }
  }

  struct Plan {
    var rounds: Int
    /// For each measurement that syncs, and each that does not.
    var durableSeconds: Double
    var lazySeconds: Double
    var threads: [Int]
    var workloads: [Workload]
    var durabilities: [Durability]
  }

  let engines: [any Engine]
  let plan: Plan

  private struct Way: Hashable {
    var workload: Workload
    var durability: Durability
    var threads: Int
  }

  private var ways: [Way] {
    plan.workloads.flatMap { workload in
      plan.threads.flatMap { threads in
        [
          Way(workload: workload, durability: .durable, threads: threads),
          Way(workload: workload, durability: .lazy, threads: threads),
        ]
      } + [Way(workload: workload, durability: .hundred, threads: 1)]
    }.filter { plan.durabilities.contains($0.durability) }
  }

  /// What a measurement changes at most: so much fits LRVM's log.
  private static let changedBytesMax = 90_000_000

  func run(_ tell: (String) -> Void) throws -> [Row] {
    var measured: [Way: [Int: [Measurement]]] = [:]
    for round in 1...plan.rounds {
      tell("round \(round) of \(plan.rounds)")
      for way in ways {
        for (index, engine) in engines.enumerated()
        where engine.takesPart(way.workload, way.durability, threads: way.threads) {
          cfloors_let_sleep(way.durability == .lazy ? 1 : 0)
          let measurement = try Measurement.run(
            engine, way.workload, way.durability, threads: way.threads,
            seconds: way.durability == .lazy ? plan.lazySeconds : plan.durableSeconds,
            transactionsMax: Self.changedBytesMax / way.workload.declaredBytes)
          measured[way, default: [:]][index, default: []].append(measurement)
        }
      }
    }
    return ways.flatMap { way in
      engines.indices.compactMap { row(way, engines[$0], measured[way]?[$0], measured) }
    }
  }

  private func row(
    _ way: Way, _ engine: any Engine, _ own: [Measurement]?, _ measured: [Way: [Int: [Measurement]]]
  ) -> Row? {
    guard let own else { return nil }
    let floorA = floor("floor A", Way(workload: way.workload, durability: .durable, threads: 1), measured)
    let floorMemory = floor("floor M", Way(workload: way.workload, durability: .lazy, threads: 1), measured)
    return Row(
      workload: way.workload, engine: engine.name, durability: way.durability, threads: way.threads,
      transactionsPerSecond: Spread(own.map(\.transactionsPerSecond)),
      cpuMicrosecondsPerTransaction: Spread(own.map(\.processorMicroseconds)),
      ratioToFloorA: floorA.map { floor in
        Spread(zip(own, floor).map { $0.transactionsPerSecond / $1.transactionsPerSecond })
      },
      ratioToFloorMemory: way.durability != .lazy
        ? nil
        : floorMemory.map { floor in
          Spread(zip(own, floor).map { $0.processorMicroseconds / $1.processorMicroseconds })
        })
  }

  /// What the floor did in that way; nil where it was not among what was asked for.
  private func floor(_ prefix: String, _ way: Way, _ measured: [Way: [Int: [Measurement]]]) -> [Measurement]?
  {
    engines.firstIndex { $0.name.hasPrefix(prefix) }.flatMap { measured[way]?[$0] }
  }
}
