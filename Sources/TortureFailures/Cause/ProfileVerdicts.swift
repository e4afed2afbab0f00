import FaultFS
import TextFiles
package import TortureCore

/// Which disks a list of operations is safe on.
package struct ProfileVerdict: Codable, Hashable, Sendable {
  /// The disk: a profile, or the reproducer's own with one rule more, in words.
  package var disk: String
  /// That rule; nil for a profile.
  package var rule: DiskRule?
  /// The first thing that is wrong on it; nil where nothing was found.
  package var violation: Violation.Kind?
  /// Runs and recoveries that were executed.
  package var executions: Int
  /// What was judged, where nothing was found.
  package var extent: HuntExtent?

  /// Whether nothing was found.
  package var isSafe: Bool { violation == nil }
  /// Whether nothing was found and every crash state was judged (tears aside).
  package var isProven: Bool { isSafe && extent?.isComplete == true }
}

/// Judges the same operations on other disks.
enum ProfileVerdicts {
  /// A program's executions take a thousand times as long as those of a store in this process.
  static func executionsPerDisk(_ reproducer: Reproducer) -> Int {
    reproducer.testCase.runs == nil ? 20_000 : 2000
  }

  /// Under every profile of disks, or of memory, by itself, without what the scenario changes in its own.
  static func ofProfiles(_ reproducer: Reproducer) -> [ProfileVerdict] {
    let own = reproducer.scenario.disk.profile
    return (own.isMemory ? DiskOptions.Profile.memories : DiskOptions.Profile.disks).compactMap { profile in
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
    DiskRule.allCases.compactMap { rule in
      var disk = reproducer.scenario.disk
      rule.apply(to: &disk)
      guard disk != reproducer.scenario.disk, disk.model != reproducer.scenario.disk.model else { return nil }
      var verdict = verdict(of: reproducer, on: disk, rule.text)
      verdict?.rule = rule
      return verdict
    }.filter(\.isSafe)
  }

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
      var hunt = CrashHunt(candidate, target: target, executionsMax: executionsPerDisk(reproducer))
      let outcome = hunt.outcome()
      executions += outcome.executions
      guard outcome.caught != nil || target == nil else { continue }
      return ProfileVerdict(
        disk: name, violation: outcome.caught?.violation.kind, executions: executions, extent: outcome.extent)
    }
    return nil
  }
}
