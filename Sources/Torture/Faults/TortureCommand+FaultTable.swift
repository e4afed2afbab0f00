import SystemPackage

extension TortureCommand {
  /// Where the systems of the fault table are unless paths say otherwise.
  public static let faultSystemsDefault = "scenarios/faults"

  /// `fault-table`: every fault on every profile, for the system of each scenario at `paths`.
  ///
  /// Violations of a system whose scenario expects them are in the table, and no failure of the command.
  ///
  /// - Parameters:
  ///   - paths: files and folders of scenarios that name the kinds of faults; none for the default folder.
  ///   - options: `out` is the folder of the campaign's report.
  ///   - table: the JSON file to write.
  ///   - document: a Markdown file whose part between the two marks (`DocumentPart`) is replaced by the table; nil
  ///     for none.
  public static func faultTable(
    _ paths: [String], _ options: CampaignOptions, table: String, document: String?,
    detail: CampaignDisplay.Detail, console: Console, launch: WorkerLaunch? = nil
  ) async -> CommandStatus {
    let entries: [FaultTable.Entry]
    do {
      entries = FaultTable.entries(
        try ScenarioList.read(paths.isEmpty ? [faultSystemsDefault] : paths))
    } catch {
      return fail(error, .usage, console)
    }
    do {
      Interruption.listen()
      let display = CampaignDisplay(console, detail: detail)
      let campaign = Campaign(
        entries.map(\.scenario), options, launch: try options.launch(launch ?? .ownExecutable()),
        display: display)
      let outcome = try await campaign.run()
      display.show(outcome)
      guard outcome.summary.state == .finished else { return outcome.status }
      let rows = entries.map { $0.row(outcome.summary.perScenario[$0.scenario.name] ?? Summary.Figures()) }
      let result = FaultTable(rows: rows)
      try TextFile.replace(FilePath(table), by: try JSONText.document(result))
      if let document { try DocumentPart.replace(in: document, by: result.markdown) }
      for line in result.markdown { console.write(SafeName.printable(line) + "\n") }
      guard outcome.status == .violation else { return outcome.status }
      let isExpected = zip(entries, rows).allSatisfy { $0.scenario.expect == .violation || $1.violations == 0 }
      return isExpected ? .success : .violation
    } catch let error as CampaignError {
      return fail(error, error.status, console)
    } catch {
      return fail(error, .harnessFailure, console)
    }
  }
}

/// The part of a document that a command writes, between two marks.
enum DocumentPart {
  static let begin = "<!-- written by make fault-table: begin -->"
  static let end = "<!-- written by make fault-table: end -->"

  /// Replaces the lines between the marks of the file at `path`.
  static func replace(in path: String, by lines: [String]) throws {
    let text = try TextFile.read(FilePath(path))
    let old = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let first = old.firstIndex(where: { $0 == begin }), let last = old.firstIndex(where: { $0 == end }),
      first < last
    else {
      throw FileAccessError(
        "put the table into", FilePath(path),
        because: "it has no lines '\(begin)' and '\(end)' for the table to go between")
    }
    let new = old[...first].map(String.init) + lines + [""] + old[last...].map(String.init)
    try TextFile.replace(FilePath(path), by: new.joined(separator: "\n"))
  }
}
