public import FaultFS
package import ThreadSchedules

/// One thing found wrong: a crash state that recovered to what it must not, or a trap.
///
/// Exactly one of `violation` and `trap` is set; the initializers see to it.
public struct Finding: Codable, Hashable, Sendable {
  /// Names the finding within a campaign, the same in every run: for instance scenario, seed, crash point and a hash.
  public var id: String
  /// What the oracle or an invariant objected to; nil for a trap.
  public var violation: Violation?
  /// The power cuts that led here: the outer one first, then those during recovery. Empty for a trap.
  public var crashes: [CrashState]
  /// What the last of the power cuts lost and tore; empty for a trap.
  public var losses: [Loss]
  /// How the crash state was chosen, for instance `one-lost`; empty for a trap.
  public var strategy: String
  /// How many crash states the case had executed when it met this one, this one included; 0 for a trap.
  public var afterCrashStates: Int
  /// What struck the disk while the workload ran; empty where nothing did.
  public var faults: [Fault] = []
  /// What struck the disk while it was recovered from the first of the power cuts; nil where nothing did.
  public var recoveryFault: Fault?
  /// Who went on when, where clients are threads.
  package var schedule: Schedule?
  /// The trap and its call stack; nil for a violation.
  public var trap: Trap?

  /// A crash state that recovered to what it must not.
  public init(
    id: String, violation: Violation, crashes: [CrashState], losses: [Loss], strategy: String,
    afterCrashStates: Int, faults: [Fault] = [], recoveryFault: Fault? = nil
  ) {
    self.id = id
    self.violation = violation
    self.faults = faults
    self.recoveryFault = recoveryFault
    self.crashes = crashes
    self.losses = losses
    self.strategy = strategy
    self.afterCrashStates = afterCrashStates
    self.trap = nil
  }

  /// A case that trapped.
  public init(id: String, trap: Trap) {
    self.id = id
    self.violation = nil
    self.crashes = []
    self.losses = []
    self.strategy = ""
    self.afterCrashStates = 0
    self.trap = trap
  }

  /// A reproducer may be older than the faults are, and than losses are values.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    id = try fields.decode(String.self, forKey: .id)
    violation = try fields.decodeIfPresent(Violation.self, forKey: .violation)
    crashes = try fields.decode([CrashState].self, forKey: .crashes)
    losses = try fields.decodeIfPresent([Loss].self, forKey: .losses) ?? []
    strategy = try fields.decode(String.self, forKey: .strategy)
    afterCrashStates = try fields.decode(Int.self, forKey: .afterCrashStates)
    faults = try fields.decodeIfPresent([Fault].self, forKey: .faults) ?? []
    recoveryFault = try fields.decodeIfPresent(Fault.self, forKey: .recoveryFault)
    schedule = try fields.decodeIfPresent(Schedule.self, forKey: .schedule)
    trap = try fields.decodeIfPresent(Trap.self, forKey: .trap)
  }

  enum CodingKeys: String, CodingKey {
    case id, violation, crashes, losses, strategy, trap, faults, schedule
    case recoveryFault = "recovery_fault"
    case afterCrashStates = "after_crash_states"
  }
}

/// How a worker process trapped. Holds names and lines, no address: the same in every run of the same program.
public struct Trap: Codable, Hashable, Sendable {
  /// The signal's name, for instance `SIGILL`.
  public var signal: String
  /// What the Swift runtime said, for instance `Fatal error: Index out of range`; nil where it said nothing.
  public var message: String?
  /// The call stack, innermost frame first.
  public var stack: [StackFrame]
  /// How much memory the process might take, in bytes: it may have trapped for want of more, and does so again within the same
  /// limit only. Nil where there was none.
  public var memoryLimitBytes: Int?

  enum CodingKeys: String, CodingKey {
    case signal, message, stack
    case memoryLimitBytes = "memory_limit_bytes"
  }

  /// A trap by `signal`.
  public init(signal: String, message: String?, stack: [StackFrame]) {
    self.signal = signal
    self.message = message
    self.stack = stack
  }

  /// The innermost frame of the store's own code, or else of the harness's; nil where the stack has none.
  public var place: StackFrame? {
    stack.first { $0.layer == .store } ?? stack.first { $0.layer == .harness }
  }

  /// The signal of a process whose time was up: no trap, but it too has a place and a stack.
  package static let timeout = "SIGALRM"
}
