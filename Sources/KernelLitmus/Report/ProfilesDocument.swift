import KernelDisk

/// docs/profiles.md: what the file systems of this kernel were seen to leave, beside what the profiles allow.
package struct ProfilesDocument {
  private let results: [LitmusResult]
  private let trials: [FailedSyncTrial]
  private let kernel: String
  private let fileSystems: [String]
  private let tests: [LitmusTest]

  /// - Parameters:
  ///   - results: of every test on every file system.
  ///   - kernel: its name and version.
  package init(_ results: [LitmusResult], _ trials: [FailedSyncTrial], kernel: String) {
    self.results = results
    self.trials = trials
    self.kernel = kernel
    fileSystems = KernelFileSystem.all.map(\.name).filter { name in results.contains { $0.fileSystem == name }
    }
    var known: Set<String> = []
    tests = results.map(\.test).filter { known.insert($0.name).inserted }
  }

  package var text: String {
    [head, summary, failedSyncs, defects, slack, outcomes].joined(separator: "\n")
  }

  private func result(_ test: LitmusTest, on fileSystem: String) -> LitmusResult? {
    results.first { $0.test.name == test.name && $0.fileSystem == fileSystem }
  }

  // MARK: Parts

  private var head: String {
    """
    # The profiles, held against real file systems

    Written by `make litmus`. Kernel: \(kernel).

    Each litmus test is a small sequence of calls (`litmus/catalog.yaml`). It is run on a real file system of this kernel, whose disk is a
    file of FaultFS under the profile `raw-device`: every write of a block makes versions of sectors of 4096 bytes, and every flush of the
    disk's cache raises floors. Between the calls the kernel is made to write back now this and now that, as it may at any time. At each
    flush, at each call's return and at the end, power is cut: what is left is mounted again, which runs the file system's own
    recovery (on ext2 e2fsck runs before that), looked at and unmounted. The same calls are then made on FaultFS under the profile of the file system, and
    every crash state that the profile allows is looked at in the same way.

    - *Seen, not allowed* is a defect of the profile. *Allowed, never seen* is slack: the profile is weaker than this kernel was seen to be.
    - What was seen depends on when the kernel's own threads write, and at a point with more crash states than are looked at they
      are drawn: an outcome that is missing here may still be possible. What is allowed was counted to its end.
    - A sector does not tear here, forced unit access is a flush, and permissions, owners, times and extended attributes are not looked at.

    """
  }

  private var summary: String {
    var rows = [
      "| file system | profile | tests | crash points | bounded | crash states | mounted | outcomes seen | not allowed | slack | crash states/s |",
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in fileSystems {
      let all = results.filter { $0.fileSystem == name }
      func sum(_ value: (LitmusResult) -> Int) -> Int { all.reduce(0) { $0 + value($1) } }
      let seconds = all.reduce(0) { $0 + $1.seconds }
      let cells = [
        "`\(name)`", "`\(all.first?.profile ?? "")`", "\(all.count)", "\(sum(\.seen.pointCount))",
        "\(sum(\.seen.boundedPointCount))", "\(sum(\.seen.stateCount))", "\(sum(\.seen.mountCount))",
        "\(sum(\.seen.set.count))", "\(sum(\.defects.count))", "\(sum(\.slack.count))",
        seconds > 0 ? "\(Int(Double(sum(\.seen.stateCount)) / seconds))" : "",
      ]
      rows.append("| " + cells.joined(separator: " | ") + " |")
    }
    let unlike = results.reduce(0) { $0 + $1.seen.unlikeCount }
    let checked = results.reduce(0) { $0 + $1.seen.checkedCount }
    let bounded = results.reduce(0) { $0 + $1.allowed.boundedPointCount }
    return """
      ## What was run

      \(rows.joined(separator: "\n"))

      A crash point is bounded where recovery and the look could tell more states apart than were tried. A crash state that reads the sectors
      of an earlier one is not mounted again; \(checked) of those that are remembered were mounted all the same. Looks that did otherwise
      than the same sectors had led to before: \(unlike). Points of FaultFS whose states were not all looked at: \(bounded).

      """
  }

  private var failedSyncs: String {
    let rows = trials.map { trial in
      "| `\(trial.fileSystem)` | \(trial.place.text) | " + trial.cells.joined(separator: " | ") + " |"
    }
    return """
      ## Failed syncs

      A file holds the letter a, durably; two have it open. One appends a block of the letter b and syncs, and the disk below fails writes
      with EIO. Then the disk works again; whoever had the file open syncs it, and so does one who opens it now.

      | file system | what fails | the sync returns | the same again | the other's sync | a later opener's sync | reads show | the disk shows | a crash leaves |
      | --- | --- | --- | --- | --- | --- | --- | --- | --- |
      \(rows.joined(separator: "\n"))

      *Reads show*, *the disk shows*: the file's last byte, read from the cache, and once the clean pages were dropped from it; a dot
      stands for zero. *A crash leaves*: after all of it.

      """
  }

  private var defects: String {
    var lines: [String] = []
    for result in results where !result.defects.isEmpty {
      for (count, all) in result.defects.outcomes.enumerated() {
        for outcome in all {
          let known = result.knownDefect ?? ""
          lines.append(
            "| `\(result.fileSystem)` | \(result.test.name) | \(count) | `\(outcome)` | \(known) |")
        }
      }
    }
    let unlike = results.filter { !$0.unlikeCalls.isEmpty }.map { result in
      "- `\(result.fileSystem)`, \(result.test.name): call \(result.unlikeCalls.map(String.init).joined(separator: ", "))"
    }
    let table =
      lines.isEmpty
      ? "None."
      : "| file system | test | calls returned | outcome | known |\n| --- | --- | --- | --- | --- |\n"
        + lines.joined(separator: "\n")
    let calls =
      unlike.isEmpty
      ? ""
      : "\nNot compared, since a call fails on one side alone:\n\n" + unlike.joined(separator: "\n") + "\n"
    return "## Seen, not allowed\n\n\(table)\n\(calls)"
  }

  private var slack: String {
    var lines: [String] = []
    for test in tests {
      var systems: [String: [String]] = [:]
      var order: [String] = []
      for name in fileSystems {
        guard let slack = result(test, on: name)?.slack else { continue }
        for (count, all) in slack.outcomes.enumerated() {
          for outcome in all {
            let key = "\(count) | `\(outcome)`"
            if systems[key] == nil { order.append(key) }
            systems[key, default: []].append("`\(name)`")
          }
        }
      }
      for key in order.sorted() {
        lines.append("| \(test.name) | \(key) | \(systems[key, default: []].joined(separator: ", ")) |")
      }
    }
    return """
      ## Allowed, never seen

      | test | calls returned | outcome | on |
      | --- | --- | --- | --- |
      \(lines.joined(separator: "\n"))

      """
  }

  /// A table for each test: an outcome a row, a file system a column.
  private var outcomes: String {
    let tables = tests.map { test in
      var keys: Set<String> = []
      var rows: [(count: Int, outcome: String)] = []
      for name in fileSystems {
        guard let result = result(test, on: name) else { continue }
        for (count, all) in result.seen.set.outcomes.enumerated() {
          for outcome in all where keys.insert("\(count) \(outcome)").inserted {
            rows.append((count, outcome))
          }
        }
      }
      rows.sort { ($0.count, $0.outcome) < ($1.count, $1.outcome) }
      let head =
        "| calls returned | outcome | " + fileSystems.map { "`\($0)`" }.joined(separator: " | ") + " |"
      let line = "| --- | --- |" + fileSystems.map { _ in " --- |" }.joined()
      let body = rows.map { row in
        let marks = fileSystems.map { name in
          guard let result = result(test, on: name) else { return "" }
          if result.seen.set.contains(row.outcome, afterCalls: row.count) {
            return result.defects.contains(row.outcome, afterCalls: row.count) ? "**!**" : "x"
          }
          return result.slack.contains(row.outcome, afterCalls: row.count) ? "." : ""
        }
        return "| \(row.count) | `\(row.outcome)` | " + marks.joined(separator: " | ") + " |"
      }
      let setup = test.setup.map { "Before: `\($0.joined(separator: "`, `"))`. " } ?? ""
      return """
        ### \(test.name)

        \(test.about) \(setup)Calls: `\(test.calls.joined(separator: "`, `"))`.

        \(([head, line] + body).joined(separator: "\n"))

        """
    }
    return """
      ## What was seen

      By how many calls had returned. x: seen. A dot: allowed, and not seen. `f 5000 a4096 b904` is a file of 5000 bytes, 4096 times the letter
      a and then 904 times b; a dot among letters stands for bytes of zero, a question mark for bytes that nobody wrote.

      \(tables.joined(separator: "\n"))
      """
  }
}
