internal import CThreads
import Glibc

/// Threads of the system that run the bodies of one run after the other: to make a thread takes longer than most runs of a small program.
///
/// Threading: one run at a time, by whichever of its threads has the turn.
package final class ThreadCrew: @unchecked Sendable {
  private var idle: [CrewMember] = []
  /// Where all of them run: a baton that goes to another processor takes far longer.
  private var processor: Int32?
  private let mayMove: Bool
  private var runs = 0
  /// After how many runs the crew goes where the thread is that asks for them: another process may have come to its processor.
  private static let runsAtAPlace = 64

  package init() { mayMove = true }

  /// A crew that stays on one processor: the one `steps` after that of the caller, among those that it may run on. So crews that run at the same
  /// time keep off each other's.
  package init(processorsAfterThisOne steps: Int) {
    mayMove = false
    let number = cthreads_processor_after(Int32(steps))
    processor = number < 0 ? nil : number
  }

  deinit {
    for member in idle { member.dismiss() }
  }

  /// Called before each run, by the thread that waits for it.
  func beginRun() {
    defer { runs += 1 }
    guard mayMove, runs.isMultiple(of: Self.runsAtAPlace) else { return }
    let number = cthreads_processor_after(0)
    processor = number < 0 ? nil : number
    if let processor { for member in idle { member.move(to: processor) } }
  }

  /// Runs `body` on one of its threads, beside the caller.
  package func begin(_ body: @escaping @Sendable () -> Void) -> Errand {
    let errand = Errand(self)
    errand.member.prepare(body) { errand.isDone.give() }
    errand.member.baton.give()
    return errand
  }

  /// What a thread of the crew does beside the one that asked for it.
  package final class Errand: Sendable {
    private let crew: ThreadCrew
    fileprivate let member: CrewMember
    fileprivate let isDone = Baton()

    fileprivate init(_ crew: ThreadCrew) {
      self.crew = crew
      member = crew.take()
    }

    /// Returns once it is done; called once, by the thread that began it.
    package func finish() {
      isDone.waitForIt()
      crew.giveBack(member)
    }
  }

  func take() -> CrewMember { idle.popLast() ?? CrewMember(on: processor) }

  func giveBack(_ member: CrewMember) { idle.append(member) }
}

/// A thread of the system. It runs only while it has its baton.
@safe final class CrewMember: @unchecked Sendable {
  let baton = Baton()
  /// What it does once it has the baton; it ends where there is nothing.
  private var work: Work?
  private var thread = pthread_t()

  private struct Work {
    let body: @Sendable () -> Void
    let end: @Sendable () -> Void
  }

  /// Large enough for a store's deepest calls in a debug build; what is not touched takes no memory.
  private static let stackBytes = 1 << 20

  /// - Parameter processor: where it runs; anywhere, where it is nil or the system does not allow it.
  fileprivate init(on processor: Int32?) {
    var attributes = pthread_attr_t()
    var result = unsafe pthread_attr_init(&attributes)
    precondition(result == 0, "pthread_attr_init failed with \(result)")
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setstacksize(&attributes, Self.stackBytes)
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    if let processor { unsafe _ = cthreads_pin(&attributes, processor) }
    let argument = unsafe Unmanaged.passRetained(self).toOpaque()
    result = unsafe pthread_create(
      &thread, &attributes,
      { argument in
        guard let argument = unsafe argument else { fatalError("a thread without its argument") }
        let member = unsafe Unmanaged<CrewMember>.fromOpaque(argument).takeRetainedValue()
        while member.workOnce() {}
        return nil
      }, argument)
    precondition(result == 0, "pthread_create failed with \(result): too many threads for this machine")
  }

  /// Once it has the baton it runs `body`, and then `end`, which gives the baton on.
  func prepare(_ body: @escaping @Sendable () -> Void, _ end: @escaping @Sendable () -> Void) {
    work = Work(body: body, end: end)
  }

  /// Lets the thread end, which is idle. Nobody joins it.
  fileprivate func dismiss() { baton.give() }

  fileprivate func move(to processor: Int32) { _ = cthreads_move(thread, processor) }

  @inline(never)
  private func workOnce() -> Bool {
    baton.waitForIt()
    guard let end = workBody() else { return false }
    end()
    return true
  }

  /// Runs the body, and lets go of all that it holds: what that frees is still a part of this thread's turn.
  @inline(never)
  private func workBody() -> (@Sendable () -> Void)? {
    guard let work else { return nil }
    self.work = nil
    work.body()
    return work.end
  }
}
