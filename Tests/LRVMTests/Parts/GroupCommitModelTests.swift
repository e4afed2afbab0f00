import Testing

@testable import LRVM

/// Every interleaving of a few threads, with every choice of whom a signal wakes: who waits is woken, and who returns is durable.
@Suite struct GroupCommitModelTests {
  /// What a thread does in turn.
  private enum Call: Hashable {
    /// Commits a change with flush, or without.
    case commit, commitLazily
    /// Commits nothing, with flush.
    case read
  }

  /// What happens to writes, beside that they succeed.
  private struct Trouble: Hashable {
    /// How many batches find no space, and how many writes fail.
    var noSpace = 0
    var failures = 0
  }

  private enum Phase: Hashable {
    case between
    case needs(UInt64)
    /// It leads, and has not taken what is spooled: commits without flush may come before it does.
    case taking(UInt64)
    case writing(UInt64)
    /// The batch has ended; who sleeps is woken without the lock.
    case waking([Monitor.Event], one: Monitor.Event?, UInt64)
    case asleep(Monitor.Event, UInt64)
    case failed
  }

  private struct Model: Hashable {
    var commits = GroupCommit()
    var trouble: Trouble
    var calls: [[Call]]
    var phases: [Phase]
    /// The newest tickets: that was taken, whose record is in a batch, and that the disk has.
    var newest: UInt64 = 0
    var batched: UInt64 = 0
    var onDisk: UInt64 = 0

    init(_ calls: [[Call]], _ trouble: Trouble) {
      (self.calls, self.trouble) = (calls, trouble)
      phases = Array(repeating: .between, count: calls.count)
    }

    /// What a thread may do next, all of it at once as under the lock; nothing where it sleeps or has ended.
    func steps(_ thread: Int) -> [Model] {
      var next = self
      // Who takes the spools has the lock all along: only a commit without flush needs none.
      let isTaking = phases.contains { if case .taking = $0 { true } else { false } }
      switch phases[thread] {
      case .taking: break
      case .between where calls[thread].first == .commitLazily: break
      default: if isTaking { return [] }
      }
      switch phases[thread] {
      case .asleep, .failed: return []
      case .between:
        guard let call = calls[thread].first else { return [] }
        next.calls[thread].removeFirst()
        if commits.failure != nil {
          next.phases[thread] = .failed
          return [next]
        }
        if call != .read { next.newest += 1 }
        if call != .commitLazily { next.phases[thread] = .needs(next.newest) }
        return [next]
      case .needs(let ticket):
        guard commits.durable < ticket else {
          #expect(ticket <= onDisk, "a commit returned that is not on the disk")
          next.phases[thread] = .between
          return [next]
        }
        do {
          switch try next.commits.turn(of: ticket) {
          case .sleep(let event):
            next.phases[thread] = .asleep(event, ticket)
          case .lead(let hasBatch):
            #expect(
              !phases.contains {
                switch $0 {
                case .taking, .writing: true
                default: false
                }
              }, "two leaders")
            next.phases[thread] = hasBatch ? .writing(ticket) : .taking(ticket)
          }
        } catch {
          next.phases[thread] = .failed
        }
        return [next]
      case .taking(let ticket):
        #expect(newest > batched, "a batch of nothing")
        next.batched = newest
        next.commits.takeBatch(upTo: newest)
        next.phases[thread] = .writing(ticket)
        return [next]
      case .writing(let ticket):
        var outcomes: [Model] = []
        var written = next
        written.onDisk = commits.batchEnd
        let (done, one) = written.commits.endBatch()
        written.phases[thread] = .waking([done], one: one, ticket)
        outcomes.append(written)
        if trouble.noSpace > 0 {
          var left = next
          left.trouble.noSpace -= 1
          left.commits.leaveBatch()
          left.wake(Monitor.Event.allCases)
          left.phases[thread] = .between
          outcomes.append(left)
        }
        if trouble.failures > 0 {
          var failed = next
          failed.trouble.failures -= 1
          failed.commits.fail(with: .terminated)
          failed.commits.leaveBatch()
          failed.wake(Monitor.Event.allCases)
          failed.phases[thread] = .failed
          outcomes.append(failed)
        }
        return outcomes
      case .waking(let events, let one, let ticket):
        if !events.isEmpty {
          next.wake(events)
          next.phases[thread] = .waking([], one: one, ticket)
          return [next]
        }
        next.phases[thread] = .needs(ticket)
        let sleepers = phases.indices.filter {
          if case .asleep(let event, _) = phases[$0] { event == one } else { false }
        }
        if sleepers.isEmpty { return [next] }
        return sleepers.map { sleeper in
          var next = next
          next.wake(sleeper)
          return next
        }
      }
    }

    private mutating func wake(_ events: [Monitor.Event]) {
      for thread in phases.indices {
        if case .asleep(let event, _) = phases[thread], events.contains(event) { wake(thread) }
      }
    }

    private mutating func wake(_ thread: Int) {
      if case .asleep(_, let ticket) = phases[thread] { phases[thread] = .needs(ticket) }
    }

    var hasSleepers: Bool { phases.contains { if case .asleep = $0 { true } else { false } } }
  }

  /// How many states there are, and what the threads of the last ones came to.
  private func explore(_ start: Model) -> (states: Int, isStuck: Bool) {
    var seen: Set<Model> = [start]
    var open = [start]
    var isStuck = false
    while let model = open.popLast() {
      let next = model.phases.indices.flatMap { model.steps($0) }
      if next.isEmpty && model.hasSleepers { isStuck = true }
      for model in next where seen.insert(model).inserted { open.append(model) }
    }
    return (seen.count, isStuck)
  }

  @Test func nobodySleepsForEver() {
    let programs: [[[Call]]] = [
      [[.commit, .commit], [.commit, .commit], [.commit, .commit]],
      [[.commit, .commit], [.read, .read], [.read, .read]],
      [[.commit], [.read, .read], [.read], [.read]],
      [[.commit], [.commit], [.commit], [.commit]],
      [[.commitLazily, .commit], [.read, .commit], [.commitLazily, .read]],
    ]
    for program in programs {
      for trouble in [Trouble(), Trouble(noSpace: 1), Trouble(failures: 1), Trouble(noSpace: 1, failures: 1)]
      {
        let (states, isStuck) = explore(Model(program, trouble))
        #expect(!isStuck, "\(program), \(trouble)")
        #expect(states > 100, "\(program)")
      }
    }
  }
}
