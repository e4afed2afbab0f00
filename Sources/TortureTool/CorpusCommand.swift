import ArgumentParser
import TextFiles
import TortureCampaign
import TortureViews

struct CorpusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpus", abstract: "Keeps the seeds that reach rare states, and drops the others.",
    discussion: """
      Reads which marks (rare states) the cases of the reports reached, and writes a file with as few cases as reach them \
      all; the cases already in the file count too. 'run --corpus FILE' runs them again.
      """)

  @Argument(help: ArgumentHelp("The folders of the reports.", valueName: "report"), completion: .directory)
  var reports: [String] = [CampaignOptions.outDefault]

  @Option(
    help: ArgumentHelp("The corpus file, to which cases are added.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var out = CorpusCommand.fileDefault

  static let fileDefault = "corpus.json"

  func validate() throws {
    if out.isEmpty { throw ValidationError("--out needs the name of a file.") }
  }

  func run() throws {
    try TortureCommand.corpus(reports, out: out, console: .standard).exit()
  }
}

extension TortureCommand {
  /// `corpus`: adds what the cases of the reports reached to the corpus in the file `out`.
  static func corpus(_ reports: [String], out: String, console: Console) -> CommandStatus {
    do {
      let before = try Corpus.read(out, mayBeMissing: true)
      var corpus = before
      var cases = 0
      for report in reports { cases += try corpus.add(reportAt: report) }
      try corpus.write(out)
      for line in CorpusText.lines(corpus, before: before, cases: cases, reports: reports.count, file: out) {
        console.write(SafeName.printable(line) + "\n")
      }
      return .success
    } catch {
      return fail(error, .usage, console)
    }
  }
}
