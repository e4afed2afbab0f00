import FaultFS
import TextFiles

/// What failures that look alike have in common: the kind of the violation or trap, what the crash took, where it was
/// called from.
///
/// All that differs from seed to seed (numbers, offsets, line numbers) is left out.
package struct FailureSignature: Codable, Hashable, Sendable {
  /// A thing that a crash did, numbers aside.
  package struct Effect: Codable, Hashable, Sendable {
    /// Whether a sector is a mix of two versions; otherwise the call's effect is gone.
    package var isTorn: Bool
    package var call: StorageCall.Kind
    /// Whether the call was a write that is durable by itself.
    package var isForced: Bool
    package var name: String
    package var newName: String?

    enum CodingKeys: String, CodingKey {
      case call, name
      case isTorn = "torn"
      case isForced = "forced"
      case newName = "new_name"
    }
  }

  /// A function of a trap's stack, numbers aside.
  package struct Function: Codable, Hashable, Sendable {
    package var name: String
    package var file: String?
  }

  /// The kind of the violation; for a process that died, `trap` or `hang`.
  package var kind: String
  /// How many power cuts followed one another.
  package var crashes: Int
  /// What the last of them took, each thing once, sorted, at most `effectsMax`.
  package var effects: [Effect]
  /// Whether there is more.
  package var hasMoreEffects: Bool
  /// The innermost functions of a trap's stack.
  package var functions: [Function]
  /// What the store said when it failed: of these failures it separates one cause from another.
  package var message: String

  enum CodingKeys: String, CodingKey {
    case kind, crashes, effects, functions, message
    case hasMoreEffects = "more_effects"
  }

  /// Of a stack, this many of the innermost frames count.
  private static let framesMax = 6
  /// Of what a crash took, this many different things count.
  private static let effectsMax = 4

  /// What is in common to failures like `finding`.
  package init(_ finding: Finding) {
    crashes = finding.crashes.count
    effects = []
    hasMoreEffects = false
    functions = []
    message = ""
    if let trap = finding.trap {
      kind = trap.signal == Trap.timeout ? "hang" : "trap"
      functions = trap.stack.prefix(Self.framesMax).map(Function.init)
      if functions.isEmpty { message = MaskedText.of(trap.message ?? trap.signal) }
    } else {
      kind = finding.violation?.kind.rawValue ?? "unknown"
      let all = Set(finding.losses.map(Effect.init)).sorted { $0.order.lexicographicallyPrecedes($1.order) }
      effects = Array(all.prefix(Self.effectsMax))
      hasMoreEffects = all.count > Self.effectsMax
      switch finding.violation?.kind {
      case .recoveryFailed, .operationFailed: message = MaskedText.of(finding.violation?.message ?? "")
      default: break
      }
    }
  }

  /// A hash of all of it, in hexadecimal: the same in every run.
  package var fingerprint: String {
    // Words and numbers can always be written.
    TextHash.digits(TextHash.of((try? JSONText.line(self)) ?? ""))
  }
}

extension FailureSignature.Effect {
  init(_ loss: Loss) {
    self.init(
      isTorn: loss.tear.map { !$0.isBare } ?? false, call: loss.call.kind, isForced: loss.call.isForced,
      name: MaskedText.of(loss.call.name), newName: loss.call.newName.map(MaskedText.of))
  }

  fileprivate var order: [String] {
    [isTorn ? "torn" : "lost", call.rawValue, isForced ? "forced" : "", name, newName ?? ""]
  }
}

extension FailureSignature.Function {
  init(_ frame: StackFrame) {
    self.init(name: MaskedText.of(frame.function), file: frame.file)
  }
}
