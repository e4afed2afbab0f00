import TortureCore

extension Scenario {
  /// How much work a case is beside others, roughly, before any has run: in crash states, as far as the options tell.
  var costEstimate: Int {
    let perPoint: Int
    var perRecovery = 1
    switch crash.exploration {
    case .sampled: perPoint = crash.statesPerPoint
    case .bounded: perPoint = crash.statesPerPoint + crash.boundedStatesPerPoint
    case .exhaustive: perPoint = min(crash.executionsPerPoint, 2000)
    }
    for _ in 0..<crash.recoveryDepth {
      perRecovery += perRecovery * min(crash.recoveryPointsMax * crash.recoveryStatesPerPoint, 24)
    }
    let points =
      switch crash.points {
      case .every: workload.transactions * 4
      case .stride(let stride): workload.transactions * 4 / stride + 1
      case .sample(let count): min(count, workload.transactions * 4)
      }
    let struck =
      switch faults.placement {
      case .once: faults.kinds.count * min(faults.pointsPerRun, points)
      case .every, .call, .rate, .swarm: faults.kinds.count * points
      }
    return (points + struck) * perPoint * perRecovery
  }
}
