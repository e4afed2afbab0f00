internal import CThreads
import Glibc

/// A thread of a schedule. It runs only while it has its baton.
@safe final class ScheduledThread: @unchecked Sendable {
  /// What keeps it from going on.
  enum Wait: Hashable {
    case nothing
    case lock(Int)
    case event(Int, of: Int, until: Int?)
    case end(of: Int)
    /// It has ended.
    case forEver

    /// For `Scheduler.state`.
    var hash: Int {
      switch self {
      case .nothing: 0
      case .lock(let lock): 1 + 8 * lock
      case .event(let event, let lock, let time): 2 + 8 * (event + 64 * (lock + 64 * (time ?? -1)))
      case .end(let thread): 3 + 8 * thread
      case .forEver: 4
      }
    }

    /// When it ends by itself.
    var time: Int? {
      if case .event(_, _, let time) = self { time } else { nil }
    }
  }

  let name: String
  var trace = Trace()
  let baton = Baton()
  var wait = Wait.nothing
  /// Whether its time came, and no other thread has made a step since.
  var hadItsTime = false
  /// What the witness returned when it began to wait.
  var witness: Int?

  /// Large enough for a store's deepest calls in a debug build; what is not touched takes no memory.
  private static let stackBytes = 1 << 20

  init(_ name: String) { self.name = name }

  private final class Start {
    let thread: ScheduledThread
    var body: (@Sendable () -> Void)?
    let end: @Sendable () -> Void

    init(
      _ thread: ScheduledThread, _ body: @escaping @Sendable () -> Void, _ end: @escaping @Sendable () -> Void
    ) {
      (self.thread, self.body, self.end) = (thread, body, end)
    }

    /// Runs the body, and lets go of all that it holds: what that frees is still a part of this thread's turn.
    @inline(never)
    func run() {
      body?()
      body = nil
    }
  }

  /// The processor that the calling thread runs on; nil where the system does not say.
  static var presentProcessor: Int32? {
    let number = cthreads_processor()
    return number < 0 ? nil : number
  }

  /// Starts the system's thread, which waits for the baton, runs `body`, and then `end`, which gives the baton on. Nobody joins it.
  ///
  /// - Parameter processor: where it runs; anywhere, where it is nil or the system does not allow it.
  func start(
    on processor: Int32?, _ body: @escaping @Sendable () -> Void, _ end: @escaping @Sendable () -> Void
  ) {
    var attributes = pthread_attr_t()
    var result = unsafe pthread_attr_init(&attributes)
    precondition(result == 0, "pthread_attr_init failed with \(result)")
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setstacksize(&attributes, Self.stackBytes)
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    if let processor { unsafe _ = cthreads_pin(&attributes, processor) }
    var thread = pthread_t()
    let argument = unsafe Unmanaged.passRetained(Start(self, body, end)).toOpaque()
    result = unsafe pthread_create(
      &thread, &attributes,
      { argument in
        guard let argument = unsafe argument else { fatalError("a thread without its argument") }
        let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        start.thread.baton.waitForIt()
        start.run()
        start.end()
        return nil
      }, argument)
    precondition(result == 0, "pthread_create failed with \(result): too many threads for this machine")
  }
}
