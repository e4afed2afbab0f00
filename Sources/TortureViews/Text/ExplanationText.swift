import TortureCore
package import TortureFailures

/// Why a failure is there, in words.
package enum ExplanationText {
  package static func lines(_ explanation: Explanation) -> [String] {
    guard explanation.isThere else { return ["The failure did not come back: there is nothing to explain."] }
    return barrierLines(explanation) + [""] + profileLines(explanation)
  }

  private static func barrierLines(_ explanation: Explanation) -> [String] {
    if let refusal = explanation.withoutBarrier { return ["The missing barrier", "  \(text(refusal))"] }
    var lines: [String] = []
    for (number, barrier) in explanation.barriers.enumerated() {
      if number > 0 { lines.append("") }
      lines.append(number == 0 ? "The missing barrier" : "Or")
      lines += placeLines(barrier, remedy: "closes this")
      lines += endLines(barrier, barrier.isOfMemory ? "both" : "the sync")
    }
    let together = explanation.together
    if let last = together.last {
      lines.append("The missing barriers: each of these \(together.count) is needed")
      for barrier in together { lines += placeLines(barrier, remedy: "is one of them") }
      lines += endLines(last, "them")
    }
    if let missing = explanation.missingStacks { lines.append("  \(missing.text)") }
    return lines
  }

  private static func placeLines(_ barrier: MissingBarrier, remedy: String) -> [String] {
    var lines = ["  \(barrier.text(remedy))"]
    for place in [barrier.first, barrier.second] {
      lines.append("  \(place.moment.text):")
      lines += place.stack.map { "      \($0.text)" }
    }
    return lines
  }

  private static func endLines(_ barrier: MissingBarrier, _ syncs: String) -> [String] {
    let scope = barrier.depth == 0 ? "the run" : "this recovery"
    var lines: [String]
    if let extent = barrier.extent, extent.isComplete {
      lines = ["  With \(syncs), none of \(extent.text) of \(scope), up to the crash, has the failure."]
    } else {
      let shortfall = barrier.extent.map { ": \($0.shortfall)" } ?? ""
      lines = [
        "  With \(syncs), the failure was not found again; not every crash state was judged\(shortfall)."
      ]
    }
    if let rest = barrier.remaining {
      lines.append("  Another failure is there with \(syncs): \(rest.rawValue).")
    }
    return lines
  }

  static func text(_ refusal: BarrierSearch.Refusal) -> String {
    switch refusal {
    case .trap: "The failure is a trap: no order of writes closes it."
    case .noCrash: "The failure needs no crash: no order of writes closes it."
    case .belowFileSystem:
      "Power is cut below a file system of the kernel: which flushes it makes is its own decision. On FaultFS itself, without "
        + "disk.filesystem, the missing sync has a name."
    case .gone: "The run no longer reaches the crash."
    case .nothingLost:
      "Nothing is lost: the failure is there with everything on the disk, so no order of writes closes it."
    case .notMet:
      "The search does not meet the failure among the crash states, so it cannot tell whether a sync closes it."
    case .notFound:
      "The failure is there with a sync after each storage call as well: no order of writes closes it."
    case .several:
      "Syncs close the failure, but no single one does; the search ended before it found which ones together."
    }
  }

  private static func profileLines(_ explanation: Explanation) -> [String] {
    let profiles = explanation.profiles
    let width = profiles.map(\.disk.count).max() ?? 0
    var lines = ["The same operations on every profile"]
    for verdict in profiles {
      let name = verdict.disk + String(repeating: " ", count: width - verdict.disk.count)
      let text =
        verdict.violation.map { "unsafe: \($0.rawValue)" }
        ?? (verdict.isProven
          ? "safe: each of \(verdict.extent?.text ?? "")"
          : "nothing found in \(Figure.count(verdict.executions, "execution"))")
      lines.append("  \(name)  \(text)")
    }
    lines.append("")
    if explanation.rules.isEmpty {
      lines.append("No single rule makes the reproducer's disk safe.")
    } else {
      lines.append("The reproducer's disk lacks a rule; with any one of these, nothing is found:")
      lines += explanation.rules.map { rule in
        "  \(rule.disk)\(rule.isProven ? "" : " (not every crash state was judged)")"
      }
    }
    return lines
  }
}

extension MissingBarrier {
  /// What a developer has to know, in a sentence.
  package var text: String { text("closes this") }

  func text(_ effect: String) -> String {
    let consequence =
      if case .call = second.moment {
        "may reach \(isOfMemory ? "memory" : "the disk") later than \(second.moment.text)"
      } else {
        "may still be lost although \(second.moment.text)"
      }
    let place =
      switch depth {
      case 0: ""
      case 1: "In recovery, "
      default: "In recovery \(depth), "
      }
    return "\(place)\(first.moment.text) \(consequence); \(remedy) between them \(effect)."
  }

  /// What is missing, in a few words.
  var title: String { "\(remedy) is missing" }

  /// Whether what is late is a store to mapped memory, which a flush and a fence make permanent.
  fileprivate var isOfMemory: Bool {
    if case .call(let call) = first.moment { call.kind == .store } else { false }
  }

  /// The sync in words.
  private var remedy: String {
    if isOfMemory { return "a flush and a fence of '\(subject)'" }
    guard isDirectory else { return "a data sync of '\(subject)'" }
    return subject.isEmpty ? "a sync of the directory" : "a sync of the directory '\(subject)'"
  }
}

extension MissingBarrier.Moment {
  fileprivate var text: String {
    switch self {
    case .call(let call): call.title
    case .returned(let operation): "'\(operation)' has returned"
    case .created: "the creation of the store has returned"
    case .recovered: "recovery has returned"
    case .ended: "the run has ended"
    }
  }
}
