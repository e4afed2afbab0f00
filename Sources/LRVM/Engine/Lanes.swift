import CProcessor
import Glibc
import Synchronization
import Threads

/// The lanes of an engine. It has none before its first transaction, so that who opens a log to read it pays for none.
struct Lanes: ~Copyable, @unchecked Sendable {
  /// As many as a `Batch` has parts.
  private static let countMax = Batch.partsMax
  /// So that threads share a lane, and do not, under a scheduler.
  private static let countScheduled = 2
  private static let countUsual = min(countMax, 2 * max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))

  /// Whether `lanes` is there, which does not change any more.
  private let areThere = Atomic(false)
  private let lanes = Cell(PlainList<Uncounted<Lane>>())

  deinit {
    for index in unsafe lanes.value.indices { unsafe lanes.value[index].release() }
  }

  /// Makes the lanes, unless they are there. With the engine's `state` held, which lets transactions begin.
  func make(for engine: Engine, _ options: Options) {
    if areThere.load(ordering: .acquiring) { return }
    for _ in 0..<(engine.scheduler == nil ? Self.countUsual : Self.countScheduled) {
      unsafe lanes.value.append(Uncounted(retaining: Lane(of: engine, options)))
    }
    areThere.store(true, ordering: .releasing)
  }

  /// That of the calling thread; nil where there are none. It lives as long as the engine.
  @inline(__always)
  func ofThread(_ scheduler: (any ThreadScheduler)?) -> Uncounted<Lane>? {
    guard areThere.load(ordering: .acquiring) else { return nil }
    let number = scheduler?.currentThread ?? Int(cprocessor_thread_number())
    return unsafe lanes.value[number % lanes.value.count]
  }

  /// Takes all lanes, calls `body` with each, by its index, then `last`, and lets them go: nothing of them changes on the way but by
  /// these.
  func holdAll(_ body: (Int, inout LaneState) -> Void, last: () -> Void = {}) {
    let count = areThere.load(ordering: .acquiring) ? unsafe lanes.value.count : 0
    for index in 0..<count {
      unsafe lanes.value[index].with { unsafe $0.take() }
    }
    for index in 0..<count {
      unsafe lanes.value[index].with { unsafe $0.withTaken { body(index, &$0) } }
    }
    last()
    for index in 0..<count {
      unsafe lanes.value[index].with { unsafe $0.giveBack(hasChanged: true) }
    }
  }

  /// Asks all lanes something, which do not change meanwhile (`Held.examine`).
  private func examineAll<Answer: Hashable>(
    _ question: (borrowing LaneState) -> Answer, _ note: (Answer) -> Void
  ) {
    let count = areThere.load(ordering: .acquiring) ? unsafe lanes.value.count : 0
    for index in 0..<count {
      unsafe lanes.value[index].with { unsafe $0.take() }
    }
    for index in 0..<count {
      note(unsafe lanes.value[index].with { unsafe $0.examineTaken(question) })
    }
    for index in 0..<count {
      unsafe lanes.value[index].with { unsafe $0.giveBack(hasChanged: false) }
    }
  }

  /// The ticket of the newest commit that changed a segment; 0 where there is none.
  func newestCommit(of segment: Int) -> UInt64 {
    var newest: UInt64 = 0
    examineAll({ $0.newestCommit(of: segment) }) { newest = max(newest, $0) }
    return newest
  }
}
