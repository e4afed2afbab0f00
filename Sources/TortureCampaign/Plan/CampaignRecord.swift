internal import FoundationEssentials
package import SystemPackage
package import TextFiles
package import TortureCore

/// What decides a campaign's cases: campaign.json in its report's folder.
///
/// Two folders with equal records but for the shard are parts of one campaign, and can be merged; a run goes on in a
/// folder whose record is its own.
package struct CampaignRecord: Codable, Hashable, Sendable {
  static let fileName = "campaign.json"
  package static let format = "lrvm-torture campaign"
  static let currentVersion = 1

  package private(set) var format = CampaignRecord.format
  private(set) var formatVersion = CampaignRecord.currentVersion
  /// The program's.
  package private(set) var version = TortureVersion.current
  package let scenarios: [Scenario]
  package let seeds: SeedSelection
  package let isCanary: Bool
  package var shard: Shard

  package init(_ scenarios: [Scenario], _ seeds: SeedSelection, isCanary: Bool, shard: Shard) {
    self.scenarios = scenarios
    self.seeds = seeds
    self.isCanary = isCanary
    self.shard = shard
  }

  enum CodingKeys: String, CodingKey {
    case format, version, scenarios, seeds, shard
    case formatVersion = "format_version"
    case isCanary = "canary"
  }

  /// Its cases.
  var plan: CasePlan { CasePlan(scenarios, seeds, shard: shard) }

  /// Names the campaign, whichever shard it is: a hash of all that decides its cases.
  package var id: String {
    var unsplit = self
    unsplit.shard = .whole
    // The record's own values can always be written.
    let text = (try? JSONText.line(unsplit)) ?? ""
    return TextHash.digits(TextHash.of(text))
  }

  package func text() throws(JSONTextError) -> String { try JSONText.document(self) }

  /// Reads the record in the folder `root`.
  package static func read(_ root: FilePath) throws(ReportError) -> CampaignRecord {
    let path = root.appending(fileName)
    func refuse(_ reason: String) -> ReportError {
      ReportError("'\(path)' does not say which campaign this is: \(reason)", isWrongFolder: true)
    }
    do {
      let text = try TextFile.read(path)
      try FileHeading.check(
        text, format: format, formatVersion: currentVersion, version: TortureVersion.current)
      return try JSONText.decode(CampaignRecord.self, from: text)
    } catch let error as JSONTextError {
      throw refuse(error.reason)
    } catch {
      throw ReportError("\(error)", isWrongFolder: true)
    }
  }

  /// The canaries that were not found, by the figures of `summary`; none where the scenarios are no canaries.
  package func notFound(_ summary: Summary) -> [String] {
    isCanary ? scenarios.map(\.name).filter { summary.perScenario[$0]?.violations ?? 0 == 0 } : []
  }

  /// The scenarios of which no case ran, though the shard has some.
  package func skipped(_ summary: Summary) -> [String] {
    let plan = plan
    return scenarios.indices.filter {
      summary.perScenario[scenarios[$0].name]?.cases ?? 0 == 0 && plan.hasCase(of: $0)
    }.map { scenarios[$0].name }
  }

  /// In what this campaign is not that of `other`; nil where both are shards of one.
  package func difference(from other: CampaignRecord) -> String? {
    if version != other.version { return "they are of different versions of the program" }
    let names = scenarios.map(\.name)
    let others = other.scenarios.map(\.name)
    if names != others {
      let missing = Set(names).symmetricDifference(others).sorted().prefix(5).joined(separator: ", ")
      return missing.isEmpty ? "the order of their scenarios differs" : "only one of them has \(missing)"
    }
    for (scenario, same) in zip(scenarios, other.scenarios) where scenario != same {
      return "the scenario \(scenario.name) differs"
    }
    if seeds != other.seeds { return "their seeds differ: \(seeds.text), and \(other.seeds.text)" }
    if isCanary != other.isCanary { return "only one of them has --canary" }
    if shard.count != other.shard.count && shard.count != 1 && other.shard.count != 1 {
      return "they are split into \(shard.count) and \(other.shard.count) shards"
    }
    return nil
  }
}
