import Foundation
import Testing

@testable import LRVM

/// More threads than processors, so that some are stopped while they hold the lock.
@Suite struct MonitorTests {
  /// What the lock guards; a lock that lets two in loses counts.
  private final class Guarded: @unchecked Sendable {
    let monitor = Monitor("test", nil)
    var count = 0
    /// Whose turn it is.
    var turn = 0
    var finished = 0
  }

  private func onThreads(_ threads: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let group = DispatchGroup()
    for thread in 0..<threads {
      group.enter()
      Thread.detachNewThread {
        body(thread)
        group.leave()
      }
    }
    group.wait()
  }

  @Test func oneThreadAtATime() {
    let guarded = Guarded()
    onThreads(8) { _ in
      for _ in 0..<20_000 {
        guarded.monitor.lock()
        guarded.count += 1
        guarded.monitor.unlock()
      }
    }
    #expect(guarded.count == 160_000)
  }

  /// Each event in turn, signalled with and without the lock: a signal that is missed never ends.
  @Test(arguments: [true, false]) func noSignalIsMissed(holdsLock: Bool) {
    let guarded = Guarded()
    let events = Monitor.Event.allCases
    onThreads(events.count) { thread in
      for _ in 0..<2000 {
        guarded.monitor.lock()
        while guarded.turn != thread { guarded.monitor.wait(for: events[thread]) }
        let next = (thread + 1) % events.count
        guarded.turn = next
        guarded.count += 1
        if holdsLock { guarded.monitor.signal(events[next]) }
        guarded.monitor.unlock()
        if !holdsLock { guarded.monitor.signalOne(events[next]) }
      }
    }
    #expect(guarded.count == 2000 * events.count)
  }

  @Test func allAreWoken() {
    let guarded = Guarded()
    let events = Monitor.Event.allCases
    onThreads(9) { thread in
      guarded.monitor.lock()
      guarded.count += 1
      if thread == 8 {
        while guarded.count < 9 {
          guarded.monitor.unlock()
          guarded.monitor.lock()
        }
        guarded.turn = 1
        guarded.monitor.signalAll()
      } else {
        while guarded.turn == 0 { guarded.monitor.wait(for: events[thread % events.count]) }
      }
      guarded.finished += 1
      guarded.monitor.unlock()
    }
    #expect(guarded.finished == 9)
  }
}
