package import TortureCore

/// Two things between which a sync is missing.
package struct MissingBarrier: Codable, Hashable, Sendable {
  /// Something that the store did.
  package enum Moment: Codable, Hashable, Sendable {
    /// A call that it made to its disk.
    case call(StorageCall)
    /// An operation of the workload had returned.
    case returned(Operation)
    /// Its creation had returned.
    case created
    /// A recovery had returned.
    case recovered
    /// The run had ended.
    case ended
  }

  /// A moment, with where the program was then.
  package struct Place: Codable, Hashable, Sendable {
    package var moment: Moment
    /// Innermost frame first.
    package var stack: [StackFrame]
  }

  /// How many crashes come before the sync: 0 where it is missing in the run of the workload, 1 in the recovery from the
  /// first crash or the work that goes on after it.
  package var depth: Int
  /// What is to be synced: a file by the name that it has then, or a directory.
  package var subject: String
  package var isDirectory: Bool
  /// What has to be durable first: the last call that the sync has to cover.
  package var first: Place
  /// What must not happen before.
  package var second: Place
  /// How many storage calls have come before the sync at least, and at most.
  package var positions: ClosedRange<Int>
  /// What was judged with the sync; where several are needed, with all of them.
  package var extent: HuntExtent?
  /// What is still wrong with the sync: another failure, which has other causes; nil where nothing else was met.
  package var remaining: Violation.Kind?

  enum CodingKeys: String, CodingKey {
    case depth, subject, first, second, positions, extent, remaining
    case isDirectory = "directory"
  }

  /// Whether every crash state with the sync was judged (tears aside), so that surely none has the failure.
  package var isProven: Bool { extent?.isComplete == true }

  /// What is to be synced, and after what: where it belongs, without the numbers that differ from one failure to a like one.
  var key: [String] {
    let covered: [String] =
      switch first.moment {
      case .call(let call): call.gist
      case .returned(let operation): ["returned", operation.name]
      case .created: ["created"]
      case .recovered: ["recovered"]
      case .ended: ["ended"]
      }
    let place = [isDirectory ? "directory" : "file", subject] + covered + first.stack.ofStore.map(\.function)
    return ["\(depth)"] + place.map(MaskedText.of)
  }
}
