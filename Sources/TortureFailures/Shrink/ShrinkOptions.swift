import FaultFS
import TextFiles
import TortureCore

/// Simpler options of a reproducer: one change at a time, each only where the scenario remains one that a file could say.
enum ShrinkOptions {
  private typealias Change = (inout Reproducer) -> Void

  static func count(_ reproducer: Reproducer) -> Int { changes(reproducer).count }

  /// The change of that number; nil where it changes nothing or is not legal.
  static func candidate(_ number: Int, of reproducer: Reproducer) -> Reproducer? {
    var candidate = reproducer
    changes(reproducer)[number](&candidate)
    guard candidate != reproducer else { return nil }
    guard candidate.scenario != reproducer.scenario else { return candidate }
    guard let json = try? JSONText.line(candidate.scenario),
      let scenario = try? ScenarioReader.read(Array(json.utf8), file: "scenario")
    else { return nil }
    candidate.scenario = scenario
    return candidate
  }

  /// In a fixed order, and as many for each candidate as its faults, segments and rules ask for.
  private static func changes(_ reproducer: Reproducer) -> [Change] {
    var changes: [Change] = [
      keepNeededInvariants, serializeClients, restoreTransactions, dropUnusedSegments, stopTearing,
      stopGoingOn,
    ]
    let system = reproducer.scenario.systemUnderTest
    changes += system.simplifications(of: reproducer.scenario).indices.map { index in
      { reproducer in
        let simpler = system.simplifications(of: reproducer.scenario)
        if simpler.indices.contains(index) { reproducer.scenario = simpler[index] }
      }
    }
    changes += reproducer.scenario.segments.indices.map { index in { shortenSegment(index, &$0) } }
    changes += reproducer.finding.faults.indices.map { index in
      { if $0.finding.faults.indices.contains(index) { $0.finding.faults.remove(at: index) } }
    }
    changes.append { $0.finding.recoveryFault = nil }
    for earlier in [{ _ in 1 }, { $0 / 2 }, { $0 - 1 }] as [@Sendable (Int) -> Int] {
      changes += reproducer.finding.faults.indices.map { index in
        { if $0.finding.faults.indices.contains(index) { strike(&$0.finding.faults[index], earlier) } }
      }
      changes.append { reproducer in
        guard var fault = reproducer.finding.recoveryFault else { return }
        strike(&fault, earlier)
        reproducer.finding.recoveryFault = fault
      }
    }
    changes += reproducer.scenario.sabotage.indices.map { index in
      { if $0.scenario.sabotage.indices.contains(index) { $0.scenario.sabotage.remove(at: index) } }
    }
    return changes
  }

  /// Strikes an earlier call, where it is a call with a number that is struck.
  private static func strike(_ fault: inout Fault, _ earlier: (Int) -> Int) {
    guard case .call(let number) = fault.placement, number > 1 else { return }
    fault.placement = .call(max(1, earlier(number)))
  }

  /// Leaves the check that fails alone: a part of a transfer is no legal state of the bank, and nobody asked.
  private static func keepNeededInvariants(_ reproducer: inout Reproducer) {
    switch reproducer.finding.violation?.kind {
    case .invariantBroken: reproducer.scenario.invariants = [.workload]
    case .notAFixpoint: reproducer.scenario.invariants = [.fixpoint]
    case nil: break
    default: reproducer.scenario.invariants = [.durability]
    }
  }

  /// One client does what several did, one after the other where their transactions overlapped.
  private static func serializeClients(_ reproducer: inout Reproducer) {
    guard let operations = reproducer.operations, reproducer.scenario.threads.count == 0 else { return }
    let order = WorkloadUnits(operations).places.map { unit in unit.map { operations[$0].by(0) } }
    reproducer = reproducer.with(operations: order.flatMap { $0 })
    reproducer.scenario.workload.clients = 1
  }

  private static func restoreTransactions(_ reproducer: inout Reproducer) {
    guard let operations = reproducer.operations else { return }
    reproducer = reproducer.with(
      operations: operations.map { operation in
        if case .begin(let client, _) = operation { .begin(client: client, restore: true) } else { operation }
      })
  }

  /// Segments behind the last one that is stored to, or where the failure shows.
  private static func dropUnusedSegments(_ reproducer: inout Reproducer) {
    let used = (reproducer.operations ?? []).compactMap { operation -> Int? in
      switch operation {
      case .write(_, let segment, _, _), .remap(let segment): segment
      default: nil
      }
    }
    let last = max(used.max() ?? 0, reproducer.finding.violation?.segment ?? 0)
    let count = reproducer.scenario.segments.count
    if last + 1 < count { reproducer.scenario.segments.removeLast(count - last - 1) }
  }

  private static func stopTearing(_ reproducer: inout Reproducer) {
    guard reproducer.finding.crashes.allSatisfy({ $0.deviations.allSatisfy { $0.tear == nil } }) else {
      return
    }
    reproducer.scenario.disk.tearing = .none
    reproducer.scenario.disk.powersafeOverwrite = true
    reproducer.scenario.disk.pages = false
  }

  private static func stopGoingOn(_ reproducer: inout Reproducer) {
    reproducer.scenario.crash.goesOnTransactions = max(0, reproducer.scenario.crash.goesOnTransactions - 1)
  }

  private static func shortenSegment(_ index: Int, _ reproducer: inout Reproducer) {
    guard reproducer.scenario.segments.indices.contains(index) else { return }
    let shortest = 4096
    let length = reproducer.scenario.segments[index].length
    reproducer.scenario.segments[index].length = max(shortest, length / 2 / shortest * shortest)
  }
}
