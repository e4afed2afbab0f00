import FaultFS

/// Which disks a list of operations is safe on.
public struct ProfileVerdict: Codable, Hashable, Sendable {
  /// The disk: a profile, or the reproducer's own with one rule more.
  var disk: String
  /// The first thing that is wrong on it; nil where nothing was found.
  var violation: Violation.Kind?
  /// Runs and recoveries that were executed.
  var executions: Int
  /// Whether every crash state was judged (tears aside), where nothing was found.
  var isComplete: Bool

  var isSafe: Bool { violation == nil }
}

/// Judges the same operations on other disks.
enum ProfileVerdicts {
  static let executionsPerDisk = 20_000

  /// Under every profile, by itself, without what the scenario changes in its own.
  static func ofProfiles(_ reproducer: Reproducer) -> [ProfileVerdict] {
    DiskOptions.Profile.allCases.compactMap { profile in
      verdict(
        of: reproducer,
        on: DiskOptions(
          profile: profile, sector: reproducer.scenario.disk.sector,
          directWrites: reproducer.scenario.disk.directWrites),
        profile.rawValue)
    }
  }

  /// Under the reproducer's own disk with one rule more; the rules that make it safe.
  static func sufficientRules(_ reproducer: Reproducer) -> [ProfileVerdict] {
    rules.compactMap { rule in
      var disk = reproducer.scenario.disk
      rule.apply(&disk)
      guard disk != reproducer.scenario.disk, disk.model != reproducer.scenario.disk.model else { return nil }
      return verdict(of: reproducer, on: disk, rule.words)
    }.filter(\.isSafe)
  }

  private struct Rule: Sendable {
    var words: String
    var apply: @Sendable (inout DiskOptions) -> Void
  }

  /// From the weakest on.
  private static let rules = [
    Rule(words: "no sector tears") {
      $0.tearing = .none
      $0.powersafeOverwrite = true
    },
    Rule(words: "a full sync of a file makes its name durable") { $0.fileSync = .persistsEntry },
    Rule(words: "a size that grew waits for the new blocks") { $0.grownSize = .afterNewBlocks },
    Rule(words: "a size that grew waits for its data") { $0.grownSize = .afterItsData },
    Rule(words: "a size that grew and its data persist together") { $0.grownSize = .withItsData },
    Rule(words: "sizes and names persist in the order of the calls") { $0.order = .metadata },
    Rule(words: "everything persists in the order of the calls") { $0.order = .everything },
    Rule(words: "every write is durable when it returns") { $0.forcedUnitAccess = "*" },
  ]

  /// Nil where the scenario makes no sense on the disk.
  private static func verdict(of reproducer: Reproducer, on disk: DiskOptions, _ name: String)
    -> ProfileVerdict?
  {
    var candidate = reproducer
    candidate.scenario.disk = disk
    guard let json = try? JSONText.line(candidate.scenario),
      let scenario = try? ScenarioReader.read(Array(json.utf8), file: "scenario")
    else { return nil }
    candidate.scenario = scenario
    let faults = reproducer.finding.faults + [reproducer.finding.recoveryFault].compactMap { $0 }
    guard faults.allSatisfy({ $0.flaw(on: disk.model) == nil }) else { return nil }
    // The same failure first: a disk that allows it may well allow others.
    var executions = 0
    for target in [reproducer.finding.violation.map { FailureIdentity($0) }, nil] {
      var hunt = CrashHunt(candidate, target: target, executionsMax: executionsPerDisk)
      let caught = hunt.search()
      executions += hunt.executions
      guard caught != nil || target == nil else { continue }
      return ProfileVerdict(
        disk: name, violation: caught?.violation.kind, executions: executions, isComplete: hunt.isComplete)
    }
    return nil
  }
}
