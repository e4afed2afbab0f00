internal import LRVM
internal import Threads
internal import TortureCore

/// The parts of the segments that all threads share, and the lock by which the application lets one of them at a time change something
/// there.
///
/// Who has it has changed something there, and keeps it until the commit has its place in the order of commits.
final class SharedPart: Sendable {
  /// By segment.
  let regions: [Region]
  private let scheduler: any ThreadScheduler
  private let lock: Int

  init(_ regions: [Region], _ scheduler: any ThreadScheduler) {
    self.regions = regions
    self.scheduler = scheduler
    lock = scheduler.makeLock("application")
  }

  func take() {
    scheduler.take(lock)
    scheduler.look(at: lock)
  }

  func giveBack() { scheduler.release(lock, hasChanged: true) }

  /// Whether what is written lies in it.
  func contains(_ offset: Int, segment: Int) -> Bool {
    let region = regions[segment]
    return (region.offset..<region.offset + region.length).contains(offset)
  }
}
